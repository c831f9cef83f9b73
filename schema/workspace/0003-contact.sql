-- 0003-contact: companies, their addresses and persons, the ten filters' names, and imports from CSV.
-- Column names differ from the API's (fibuAccountNo, customerCostRate …) where those mislead; the mapping is
-- one to one. projectCounter comes from project_counter, the invoice counters come with the invoices.

-- table company: a company or group: customer, supplier, prospect … alike
-- owner: contact
-- purpose: whom the agency works with and for (Art. 6(1)(b) and (f))
-- retention: 10 years after the end of the year of its last document (§ 147 AO), without one 3 years after the last change
-- restore: content
CREATE TABLE company (
    id id,                                          -- made by the program (wtx_new_id); also the customer number
    name text(255) NOT NULL,                        -- what people call it
    name_key text(600) NOT NULL,                    -- DIN 5007 sort key of the name
    search_text text(2400) NOT NULL,                -- folded name, code and tags, for the list's search
    code text(40) NOT NULL DEFAULT '',              -- short code (companyCode)
    status int NOT NULL DEFAULT 0 CHECK (status >= 0 AND status <= 6),
                                                    -- 0 customer, 1 supplier, 2 prospect, 3 acquisition, 4 press, 5 inactive, 6 other
    tags text(500) NOT NULL DEFAULT '',             -- comma-separated, as written; the filter uses company_tag
    comments text(20000) NOT NULL DEFAULT '',       -- free note
    rate_discount percent NOT NULL DEFAULT 0 CHECK (rate_discount >= 0 AND rate_discount <= 10000), -- off the general hourly rate
    rate money CHECK (rate >= 0),                   -- own hourly rate (customerCostRate); none: the general one
    price_group text(60) NOT NULL DEFAULT '',       -- price group of time categories; '': none
    payment_days int CHECK (payment_days >= 0 AND payment_days <= 365), -- days to pay; none: the agency's default
    cash_discount percent CHECK (cash_discount >= 0 AND cash_discount <= 10000), -- Skonto; none: no own rule
    cash_discount_days int CHECK (cash_discount_days >= 0 AND cash_discount_days <= 365), -- days for it
    via_api flag NOT NULL DEFAULT 0,                -- added through the API
    created_user_id ref REFERENCES "user" (id),     -- who added it; none: the system or an integration
    changed_user_id ref REFERENCES "user" (id),     -- who changed it last
    created_at instant NOT NULL,                    -- when it was added
    changed_at instant NOT NULL,                    -- last change of its own fields
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX company_by_name ON company (name_key, id);
CREATE INDEX company_by_status ON company (status, name_key, id);

-- table company_tag: one tag of one company, for the filter
-- owner: contact
-- purpose: order among companies; names no person (Art. 6(1)(b))
-- retention: with the company
-- restore: content
CREATE TABLE company_tag (
    company_id ref NOT NULL REFERENCES company (id), -- the company
    tag_key text(120) NOT NULL,                     -- folded: "Größe" and "groesse" are one tag
    tag text(60) NOT NULL,                          -- as written
    PRIMARY KEY (company_id, tag_key)
);
CREATE INDEX company_tag_by_key ON company_tag (tag_key, company_id);

-- table address: a site or invoice address of a company
-- owner: contact
-- purpose: letters and documents to the company (Art. 6(1)(b))
-- retention: with the company
-- restore: content
CREATE TABLE address (
    id id,                                          -- made by the program (wtx_new_id)
    company_id ref NOT NULL REFERENCES company (id), -- whose address it is; changes when companies are merged
    name1 text(255) NOT NULL DEFAULT '',            -- full name of the company, as on letters
    name2 text(255) NOT NULL DEFAULT '',            -- second line
    name3 text(255) NOT NULL DEFAULT '',            -- third line
    address_name text(255) NOT NULL DEFAULT '',     -- internal label ("Lager"); must be there without name1
    street text(255) NOT NULL DEFAULT '',           -- street
    street_no text(40) NOT NULL DEFAULT '',         -- house number
    postal_code text(20) NOT NULL DEFAULT '',       -- postal code
    city text(120) NOT NULL,                        -- town; required
    country text(60) NOT NULL DEFAULT '',           -- '' is the agency's own
    search_text text(2400) NOT NULL,                -- folded names, label and town, for the search
    company_email text(255) NOT NULL DEFAULT '',    -- central e-mail address of this site
    company_phone text(60) NOT NULL DEFAULT '',     -- central phone of this site
    comments text(20000) NOT NULL DEFAULT '',       -- free note
    tags text(500) NOT NULL DEFAULT '',             -- comma-separated, as written
    tax_no text(40) NOT NULL DEFAULT '',            -- VAT id (taxID)
    duns_no text(20) NOT NULL DEFAULT '',           -- D-U-N-S number
    gln_no text(20) NOT NULL DEFAULT '',            -- GLN, 13 digits
    supplier_no text(60) NOT NULL DEFAULT '',       -- our number at that company
    ledger_no int NOT NULL CHECK (ledger_no >= 0 AND ledger_no <= 999999999), -- fibuAccountNo; the next from 10001 unless given
    invoice_email text(255) NOT NULL DEFAULT '',    -- where invoices go
    no_invoice_email flag NOT NULL DEFAULT 0,       -- wants no invoices by mail
    mandate_reference text(60) NOT NULL DEFAULT '', -- SEPA mandate
    mandate_day day,                                -- when it was signed
    iban text(40) NOT NULL DEFAULT '',              -- account of the company
    bic text(20) NOT NULL DEFAULT '',               -- its bank
    bank_name text(120) NOT NULL DEFAULT '',        -- its bank's name
    account_owner text(255) NOT NULL DEFAULT '',    -- when other than the company
    reverse_charge flag NOT NULL DEFAULT 0,         -- EU: the customer owes the tax (invReverseCharge)
    third_country flag NOT NULL DEFAULT 0,          -- outside the EU (invThirdCountry)
    closing_text_no int CHECK (closing_text_no >= 0 AND closing_text_no <= 5), -- invTextTemplate: 0 to 5 is text 1 to 6; none: the default
    active flag NOT NULL DEFAULT 1,                 -- 0: no longer offered, documents keep it
    via_api flag NOT NULL DEFAULT 0,                -- added through the API
    created_user_id ref REFERENCES "user" (id),     -- who added it; none: the system or an integration
    changed_user_id ref REFERENCES "user" (id),     -- who changed it last
    created_at instant NOT NULL,                    -- when it was added
    changed_at instant NOT NULL,                    -- last change
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX address_by_company ON address (company_id, id);
CREATE INDEX address_by_ledger ON address (ledger_no);

-- table person: a contact person at an address of a company
-- owner: contact
-- purpose: whom the agency talks to (Art. 6(1)(b) and (f))
-- retention: with the company; a person who left, 3 years after the last change
-- restore: content
CREATE TABLE person (
    id id,                                          -- made by the program (wtx_new_id); the API's contactID
    company_id ref NOT NULL REFERENCES company (id), -- where the person works
    address_id ref NOT NULL REFERENCES address (id), -- an address of the same company
    title text(60) NOT NULL DEFAULT '',             -- Anrede: Herr, Frau, Frau Dr. …; '' from a file without it
    first_name text(120) NOT NULL DEFAULT '',       -- first name
    last_name text(120) NOT NULL,                   -- last name; required
    name_key text(600) NOT NULL,                    -- DIN 5007 sort key of "last name, first name"
    search_text text(2400) NOT NULL,                -- folded names and e-mail addresses, for the search
    position text(120) NOT NULL DEFAULT '',         -- what the person is there
    department text(120) NOT NULL DEFAULT '',       -- and where
    email text(255) NOT NULL DEFAULT '',            -- at work
    email2 text(255) NOT NULL DEFAULT '',           -- another one
    phone text(60) NOT NULL DEFAULT '',             -- at work (telephone)
    fax text(60) NOT NULL DEFAULT '',               -- at work
    mobile text(60) NOT NULL DEFAULT '',            -- at work
    phone_private text(60) NOT NULL DEFAULT '',     -- telephonePrivate
    mobile_private text(60) NOT NULL DEFAULT '',    -- mobilePrivate
    street_private text(255) NOT NULL DEFAULT '',   -- private address
    street_no_private text(40) NOT NULL DEFAULT '', -- private address
    postal_code_private text(20) NOT NULL DEFAULT '', -- private address
    city_private text(120) NOT NULL DEFAULT '',     -- private address
    country_private text(60) NOT NULL DEFAULT '',   -- private address
    use_private_for_csv flag NOT NULL DEFAULT 0,    -- exports take the private address
    messenger text(120) NOT NULL DEFAULT '',        -- name in a messenger
    social_media text(255) NOT NULL DEFAULT '',     -- profile
    website text(255) NOT NULL DEFAULT '',          -- home page
    comments text(20000) NOT NULL DEFAULT '',       -- free note
    birthday day,                                   -- none: unknown
    filter_1 flag NOT NULL DEFAULT 0,               -- mark of contact_filter 1, and so on
    filter_2 flag NOT NULL DEFAULT 0,               -- mark 2
    filter_3 flag NOT NULL DEFAULT 0,               -- mark 3
    filter_4 flag NOT NULL DEFAULT 0,               -- mark 4
    filter_5 flag NOT NULL DEFAULT 0,               -- mark 5
    filter_6 flag NOT NULL DEFAULT 0,               -- mark 6
    filter_7 flag NOT NULL DEFAULT 0,               -- mark 7
    filter_8 flag NOT NULL DEFAULT 0,               -- mark 8
    filter_9 flag NOT NULL DEFAULT 0,               -- mark 9
    filter_10 flag NOT NULL DEFAULT 0,              -- mark 10
    manager_user_id ref REFERENCES "user" (id),     -- Kundenbetreuer (accountManagerUserID); none: nobody
    active flag NOT NULL DEFAULT 1,                 -- 0: no longer offered, projects keep it
    locked flag NOT NULL DEFAULT 0,                 -- the API's isLocked; read-only there
    via_api flag NOT NULL DEFAULT 0,                -- added through the API
    created_user_id ref REFERENCES "user" (id),     -- who added it; none: the system or an integration
    changed_user_id ref REFERENCES "user" (id),     -- who changed it last
    created_at instant NOT NULL,                    -- contactCreationDate
    changed_at instant NOT NULL,                    -- last change
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX person_by_company ON person (company_id, name_key, id);
CREATE INDEX person_by_name ON person (name_key, id);
CREATE INDEX person_by_address ON person (address_id);

-- table contact_filter: the names of the ten marks of persons; a row only for a named one
-- owner: contact
-- purpose: selecting recipients; names no person (Art. 6(1)(f))
-- retention: as long as the workspace
-- restore: content
CREATE TABLE contact_filter (
    filter_no int PRIMARY KEY NOT NULL CHECK (filter_no >= 1 AND filter_no <= 10), -- which mark
    name text(255) NOT NULL                         -- what it is called
);

-- table import: one CSV file that was uploaded, from draft to result
-- owner: contact
-- purpose: bringing contacts in (Art. 6(1)(b) and (f))
-- retention: 1 day
-- restore: present
CREATE TABLE import (
    id id,                                          -- made by the program (wtx_new_id)
    file_name text(255) NOT NULL,                   -- as the browser said, for showing only
    mapping text(8000) NOT NULL DEFAULT '',         -- key of the field for each column, comma-separated; '': not chosen yet
    done flag NOT NULL DEFAULT 0,                   -- 1: written; the file is gone and the counts hold
    new_companies int NOT NULL DEFAULT 0,           -- companies that were added
    new_addresses int NOT NULL DEFAULT 0,           -- addresses that were added
    new_persons int NOT NULL DEFAULT 0,             -- persons that were added
    known_rows int NOT NULL DEFAULT 0,              -- rows that were there already
    created_user_id ref REFERENCES "user" (id),     -- whose draft it is; nobody else sees it
    created_at instant NOT NULL,                    -- it falls a day later
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX import_by_age ON import (created_at);

-- table import_file: the file of an import that is not done
-- owner: contact
-- purpose: bringing contacts in (Art. 6(1)(b) and (f))
-- retention: until the import is done or dropped, at most 1 day
-- restore: present
CREATE TABLE import_file (
    import_id ref PRIMARY KEY NOT NULL REFERENCES import (id), -- the import
    file_bytes blob(5242880) NOT NULL               -- as uploaded
);
