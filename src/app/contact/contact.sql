-- Companies, addresses and persons. A page of a list and its count are two statements with the same
-- filter. Each kind has one writing statement that adds and changes: with a version that is not the
-- stored one it changes no row.

-- company_get :one
-- everything of one company
SELECT name, code, status, tags, comments, rate_discount, rate, price_group, payment_days,
       cash_discount, cash_discount_days,
       created_at, changed_at, version
FROM company WHERE id = :company_id;

-- company_brief :one
-- what other domains ask about a company
SELECT name, code, status, rate_discount, rate, price_group FROM company WHERE id = :company_id;

-- company_write :change
-- adds a company, or changes the stored one that has this version
INSERT INTO company (id, name_key, search_text, name, code, status, tags, comments, rate_discount,
                     rate, price_group, payment_days, cash_discount, cash_discount_days,
                     created_user_id, changed_user_id, created_at, changed_at, version)
VALUES (:company_id, :name_key, :search_text, :name, :code, :status, :tags, :comments,
        :rate_discount, :rate, :price_group, :payment_days, :cash_discount, :cash_discount_days,
        :actor_user_id, :actor_user_id, :now_at, :now_at, 1)
ON CONFLICT (id) DO UPDATE SET
    name_key = excluded.name_key, search_text = excluded.search_text, name = excluded.name, code =
    excluded.code, status = excluded.status, tags = excluded.tags, comments = excluded.comments,
    rate_discount = excluded.rate_discount, rate = excluded.rate, price_group =
    excluded.price_group, payment_days = excluded.payment_days, cash_discount =
    excluded.cash_discount, cash_discount_days = excluded.cash_discount_days, changed_user_id =
    excluded.changed_user_id, changed_at = excluded.changed_at, version = company.version + 1
WHERE company.version = :version;

-- company_page :list(50)
-- one page of companies by name; each word that is asked for must be in the company, one of its
-- addresses or one of its persons
SELECT c.id AS company_id, c.name, c.code, c.status, c.tags,
       coalesce((SELECT a.city FROM address a WHERE a.company_id = c.id AND a.active = 1
                 ORDER BY a.id LIMIT 1), '') AS city,
       (SELECT count(*) FROM person p WHERE p.company_id = c.id AND p.active = 1) AS person_count,
       (SELECT count(*) FROM project j WHERE j.company_id = c.id AND j.status = 0) AS project_count
FROM company c
WHERE (:any_flag = 1 OR c.status = :status)
  AND (:tag_key = '' OR EXISTS (SELECT 1 FROM company_tag t
                                WHERE t.company_id = c.id AND t.tag_key = :tag_key))
  AND NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (
          c.search_text LIKE k.w ESCAPE '\'
          OR EXISTS (SELECT 1 FROM address a
                     WHERE a.company_id = c.id AND a.search_text LIKE k.w ESCAPE '\')
          OR EXISTS (SELECT 1 FROM person p
                     WHERE p.company_id = c.id AND p.search_text LIKE k.w ESCAPE '\')))
ORDER BY c.name_key, c.id LIMIT :limit_count OFFSET :offset_count;

-- company_page_total :one
-- how many rows company_page has on all pages
SELECT count(*) AS total_count FROM company c
WHERE (:any_flag = 1 OR c.status = :status)
  AND (:tag_key = '' OR EXISTS (SELECT 1 FROM company_tag t
                                WHERE t.company_id = c.id AND t.tag_key = :tag_key))
  AND NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (
          c.search_text LIKE k.w ESCAPE '\'
          OR EXISTS (SELECT 1 FROM address a
                     WHERE a.company_id = c.id AND a.search_text LIKE k.w ESCAPE '\')
          OR EXISTS (SELECT 1 FROM person p
                     WHERE p.company_id = c.id AND p.search_text LIKE k.w ESCAPE '\')));

-- company_same_name :list(5)
-- companies that are called the same, before another one is added
SELECT c.id AS company_id, c.name, c.code,
       coalesce((SELECT a.city FROM address a WHERE a.company_id = c.id AND a.active = 1
                 ORDER BY a.id LIMIT 1), '') AS city
FROM company c WHERE c.name_key = :name_key ORDER BY c.id LIMIT 5;

-- contact_totals :one
-- the numbers on the tabs
SELECT (SELECT count(*) FROM company) AS company_count,
       (SELECT count(*) FROM person WHERE active = 1) AS person_count;

-- company_choices :list(2001)
-- companies to choose from, and one that was chosen before
SELECT id AS company_id, name, code FROM company
WHERE status <> 5 OR id = :company_id
ORDER BY name_key, id LIMIT :limit_count;

-- tag_list :list(200)
-- the tags of the filter
SELECT tag_key, min(tag) AS tag FROM company_tag GROUP BY tag_key ORDER BY tag_key LIMIT 200;

-- tag_insert :change
-- one tag of a company
INSERT INTO company_tag (company_id, tag_key, tag) VALUES (:company_id, :tag_key, :tag);

-- tag_clear :run
-- takes all tags from a company, before the new ones come
DELETE FROM company_tag WHERE company_id = :company_id;

-- address_get :one
-- everything of one address
SELECT company_id,
       name1, name2, name3, address_name, street, street_no, postal_code, city, country,
       company_email, company_phone, comments, tags, tax_no, duns_no, gln_no, supplier_no, ledger_no,
       invoice_email, no_invoice_email, mandate_reference, mandate_day, iban, bic, bank_name,
       account_owner, reverse_charge, third_country, closing_text_no, active,
       created_at, changed_at, version
FROM address WHERE id = :address_id;

-- address_company :maybe
-- whose address it is
SELECT company_id FROM address WHERE id = :address_id;

-- address_write :change
-- adds an address, or changes the stored one that has this version; its company stays
INSERT INTO address (id, company_id, search_text, name1, name2, name3, address_name, street,
                     street_no, postal_code, city, country, company_email, company_phone, comments,
                     tags, tax_no, duns_no, gln_no, supplier_no, ledger_no, invoice_email,
                     no_invoice_email, mandate_reference, mandate_day, iban, bic, bank_name,
                     account_owner, reverse_charge, third_country, closing_text_no, active,
                     created_user_id, changed_user_id, created_at, changed_at, version)
VALUES (:address_id, :company_id, :search_text, :name1, :name2, :name3, :address_name, :street,
        :street_no, :postal_code, :city, :country, :company_email, :company_phone, :comments, :tags,
        :tax_no, :duns_no, :gln_no, :supplier_no, :ledger_no, :invoice_email, :no_invoice_email,
        :mandate_reference, :mandate_day, :iban, :bic, :bank_name, :account_owner, :reverse_charge,
        :third_country, :closing_text_no, :active, :actor_user_id, :actor_user_id, :now_at, :now_at,
        1)
ON CONFLICT (id) DO UPDATE SET
    search_text = excluded.search_text, name1 = excluded.name1, name2 = excluded.name2, name3 =
    excluded.name3, address_name = excluded.address_name, street = excluded.street, street_no =
    excluded.street_no, postal_code = excluded.postal_code, city = excluded.city, country =
    excluded.country, company_email = excluded.company_email, company_phone =
    excluded.company_phone, comments = excluded.comments, tags = excluded.tags, tax_no =
    excluded.tax_no, duns_no = excluded.duns_no, gln_no = excluded.gln_no, supplier_no =
    excluded.supplier_no, ledger_no = excluded.ledger_no, invoice_email = excluded.invoice_email,
    no_invoice_email = excluded.no_invoice_email, mandate_reference = excluded.mandate_reference,
    mandate_day = excluded.mandate_day, iban = excluded.iban, bic = excluded.bic, bank_name =
    excluded.bank_name, account_owner = excluded.account_owner, reverse_charge =
    excluded.reverse_charge, third_country = excluded.third_country, closing_text_no =
    excluded.closing_text_no, active = excluded.active, changed_user_id = excluded.changed_user_id,
    changed_at = excluded.changed_at, version = address.version + 1
WHERE address.version = :version;

-- ledger_last :one
-- the highest debtor account that was given out from the agency's range
SELECT max(ledger_no) AS ledger_no FROM address
WHERE ledger_no >= :first_ledger_no AND ledger_no <= :last_ledger_no;

-- address_of_company :list(500)
-- all addresses of a company, active ones first
SELECT id AS address_id, name1, name2, name3, address_name, street, street_no, postal_code, city,
       country, company_email, company_phone, tax_no, supplier_no, ledger_no, invoice_email,
       no_invoice_email, active
FROM address WHERE company_id = :company_id ORDER BY active DESC, id LIMIT 500;

-- address_choices :list(501)
-- addresses to choose for a person, and the one that was chosen before
SELECT id AS address_id, name1, address_name, street, street_no, postal_code, city FROM address
WHERE company_id = :company_id AND (active = 1 OR id = :address_id) ORDER BY id LIMIT 501;

-- person_get :one
-- everything of one person
SELECT company_id, address_id,
       title, first_name, last_name, position, department, email, email2, phone, fax, mobile,
       phone_private, mobile_private, street_private, street_no_private, postal_code_private,
       city_private, country_private, use_private_for_csv, messenger, social_media, website,
       comments, birthday, filter_1, filter_2, filter_3, filter_4, filter_5, filter_6, filter_7,
       filter_8, filter_9, filter_10, manager_user_id, active,
       locked, created_at, changed_at, version
FROM person WHERE id = :person_id;

-- person_brief :one
-- what other domains ask about a person
SELECT company_id, title, first_name, last_name, email, phone, mobile, active
FROM person WHERE id = :person_id;

-- person_write :change
-- adds a person, or changes the stored one that has this version; the company stays
INSERT INTO person (id, company_id, address_id, name_key, search_text, title, first_name, last_name,
                    position, department, email, email2, phone, fax, mobile, phone_private,
                    mobile_private, street_private, street_no_private, postal_code_private,
                    city_private, country_private, use_private_for_csv, messenger, social_media,
                    website, comments, birthday, filter_1, filter_2, filter_3, filter_4, filter_5,
                    filter_6, filter_7, filter_8, filter_9, filter_10, manager_user_id, active,
                    created_user_id, changed_user_id, created_at, changed_at, version)
VALUES (:person_id, :company_id, :address_id, :name_key, :search_text, :title, :first_name,
        :last_name, :position, :department, :email, :email2, :phone, :fax, :mobile, :phone_private,
        :mobile_private, :street_private, :street_no_private, :postal_code_private, :city_private,
        :country_private, :use_private_for_csv, :messenger, :social_media, :website, :comments,
        :birthday, :filter_1, :filter_2, :filter_3, :filter_4, :filter_5, :filter_6, :filter_7,
        :filter_8, :filter_9, :filter_10, :manager_user_id, :active, :actor_user_id, :actor_user_id,
        :now_at, :now_at, 1)
ON CONFLICT (id) DO UPDATE SET
    name_key = excluded.name_key, search_text = excluded.search_text, title = excluded.title,
    first_name = excluded.first_name, last_name = excluded.last_name, position = excluded.position,
    department = excluded.department, email = excluded.email, email2 = excluded.email2, phone =
    excluded.phone, fax = excluded.fax, mobile = excluded.mobile, phone_private =
    excluded.phone_private, mobile_private = excluded.mobile_private, street_private =
    excluded.street_private, street_no_private = excluded.street_no_private, postal_code_private =
    excluded.postal_code_private, city_private = excluded.city_private, country_private =
    excluded.country_private, use_private_for_csv = excluded.use_private_for_csv, messenger =
    excluded.messenger, social_media = excluded.social_media, website = excluded.website, comments =
    excluded.comments, birthday = excluded.birthday, filter_1 = excluded.filter_1, filter_2 =
    excluded.filter_2, filter_3 = excluded.filter_3, filter_4 = excluded.filter_4, filter_5 =
    excluded.filter_5, filter_6 = excluded.filter_6, filter_7 = excluded.filter_7, filter_8 =
    excluded.filter_8, filter_9 = excluded.filter_9, filter_10 = excluded.filter_10, manager_user_id
    = excluded.manager_user_id, active = excluded.active, address_id = excluded.address_id,
    changed_user_id = excluded.changed_user_id, changed_at = excluded.changed_at, version =
    person.version + 1
WHERE person.version = :version;

-- person_page :list(50)
-- one page of persons by last name; each word must be in the person or the company; mark_count 1 to
-- 10 is one of the ten filters
SELECT p.id AS person_id, p.company_id, p.title, p.first_name, p.last_name, p.position, p.email,
       p.phone, p.mobile, p.active,
       (SELECT c.name FROM company c WHERE c.id = p.company_id) AS company_name
FROM person p
WHERE (:any_flag = 1 OR p.active = 1)
  AND (:mark_count = 0 OR CASE :mark_count
       WHEN 1 THEN p.filter_1 WHEN 2 THEN p.filter_2 WHEN 3 THEN p.filter_3 WHEN 4 THEN p.filter_4
       WHEN 5 THEN p.filter_5 WHEN 6 THEN p.filter_6 WHEN 7 THEN p.filter_7 WHEN 8 THEN p.filter_8
       WHEN 9 THEN p.filter_9 WHEN 10 THEN p.filter_10 ELSE 0 END = 1)
  AND NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (
          p.search_text LIKE k.w ESCAPE '\'
          OR EXISTS (SELECT 1 FROM company c
                     WHERE c.id = p.company_id AND c.search_text LIKE k.w ESCAPE '\')))
ORDER BY p.name_key, p.id LIMIT :limit_count OFFSET :offset_count;

-- person_page_total :one
-- how many rows person_page has on all pages
SELECT count(*) AS total_count FROM person p
WHERE (:any_flag = 1 OR p.active = 1)
  AND (:mark_count = 0 OR CASE :mark_count
       WHEN 1 THEN p.filter_1 WHEN 2 THEN p.filter_2 WHEN 3 THEN p.filter_3 WHEN 4 THEN p.filter_4
       WHEN 5 THEN p.filter_5 WHEN 6 THEN p.filter_6 WHEN 7 THEN p.filter_7 WHEN 8 THEN p.filter_8
       WHEN 9 THEN p.filter_9 WHEN 10 THEN p.filter_10 ELSE 0 END = 1)
  AND NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (
          p.search_text LIKE k.w ESCAPE '\'
          OR EXISTS (SELECT 1 FROM company c
                     WHERE c.id = p.company_id AND c.search_text LIKE k.w ESCAPE '\')));

-- person_of_company :list(1000)
-- all persons of a company, active ones first
SELECT id AS person_id, address_id, title, first_name, last_name, position, department, email, phone,
       mobile, active
FROM person WHERE company_id = :company_id ORDER BY active DESC, name_key, id LIMIT 1000;

-- person_choices :list(2001)
-- persons to choose from, of one company or (0) of all, and one that was chosen before
SELECT p.id AS person_id, p.first_name, p.last_name, c.name AS company_name
FROM person p JOIN company c ON c.id = p.company_id
WHERE (p.active = 1 OR p.id = :person_id) AND (:any_flag = 1 OR p.company_id = :company_id)
ORDER BY c.name_key, c.id, p.name_key, p.id LIMIT :limit_count;

-- project_of_company :list(200)
-- its projects for the company's page, open ones first
SELECT id AS project_id, project_no, name, status FROM project WHERE company_id = :company_id
ORDER BY CASE status WHEN 0 THEN 0 ELSE 1 END, name_key, id LIMIT 200;

-- search_companies :list(20)
-- companies for the search over everything: each word is in the company or one of its addresses
SELECT c.id AS company_id, c.name,
       coalesce((SELECT a.city FROM address a WHERE a.company_id = c.id AND a.active = 1
                 ORDER BY a.id LIMIT 1), '') AS city
FROM company c
WHERE NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (
          c.search_text LIKE k.w ESCAPE '\'
          OR EXISTS (SELECT 1 FROM address a
                     WHERE a.company_id = c.id AND a.search_text LIKE k.w ESCAPE '\')))
ORDER BY c.name_key, c.id LIMIT 20;

-- search_persons :list(20)
-- persons for the search over everything: each word is in the person or the company, one at least
-- in the person
SELECT p.id AS person_id, p.company_id, p.first_name, p.last_name, p.email, c.name AS company_name
FROM person p JOIN company c ON c.id = p.company_id
WHERE NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (p.search_text LIKE k.w ESCAPE '\'
                               OR c.search_text LIKE k.w ESCAPE '\'))
  AND EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND p.search_text LIKE k.w ESCAPE '\')
ORDER BY p.name_key, p.id LIMIT 20;

-- manager_choices :list(1000)
-- people of the agency who may look after a person, and the one who does
SELECT id AS user_id, first_name, last_name FROM "user"
WHERE user_state = 2 OR id = :user_id ORDER BY name_key, id LIMIT 1000;

-- filter_list :list(10)
-- the names of the ten marks; an unnamed one has no row
SELECT filter_no, name FROM contact_filter ORDER BY filter_no;

-- filter_write :change
-- names a mark
INSERT INTO contact_filter (filter_no, name) VALUES (:filter_no, :name)
ON CONFLICT (filter_no) DO UPDATE SET name = excluded.name;

-- filter_remove :run
-- takes the name from a mark; what persons carry stays
DELETE FROM contact_filter WHERE filter_no = :filter_no;
