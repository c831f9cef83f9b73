-- 0041-charge.sql: what a restore costs, when it costs nothing, and what was ordered.

-- table price: what one thing costs as of one version of the operator's price table
-- owner: charge
-- purpose: showing a price before it is owed, and knowing later which one was shown (Art. 6(1)(b))
-- retention: as long as a charge refers to it
-- restore: present
-- immutable when true
CREATE TABLE price (
    id id,                                  -- made by the program; the first version's here
    price_version int NOT NULL CHECK (price_version >= 1), -- of the whole table: each has every item
    charge_item int NOT NULL CHECK (charge_item >= 1 AND charge_item <= 2), -- enum charge_item: a whole restore, single records
    net money NOT NULL CHECK (net >= 0),    -- without VAT, in cents; 0: free
    vat_percent percent NOT NULL CHECK (vat_percent >= 0 AND vat_percent <= 10000), -- VAT
    currency text(3) NOT NULL,              -- 'EUR'
    valid_at instant NOT NULL,              -- from when it counts, until a higher version does
    made_at instant,                        -- when the operator made it; NULL: the program's own
    made_user_id ref REFERENCES "user" (id) -- who did; NULL: at the command line
);
CREATE UNIQUE INDEX price_by_version ON price (price_version, charge_item);

-- What a new installation begins with: the operator's to change (kontor price set).
INSERT INTO price (id, price_version, charge_item, net, vat_percent, currency, valid_at)
VALUES (1, 1, 1, 9000, 1900, 'EUR', 1577836800000000),
       (2, 1, 2, 3000, 1900, 'EUR', 1577836800000000);
INSERT INTO id_counter (table_name, last_number) VALUES ('price', 2);

-- table incident: a fault of the operator's, for which nobody pays
-- owner: charge
-- purpose: a restore that the operator's own fault made needful is free (Art. 32(1)(c))
-- retention: 8 years after the end of the year, as the charges it made free (§ 147 AO)
-- restore: present
CREATE TABLE incident (
    id id,                                  -- made by the program
    workspace_number int CHECK (workspace_number >= 1), -- whom it struck; NULL: everybody
    begins_at instant NOT NULL,             -- since when
    ends_at instant,                        -- until when; NULL: it is not over
    incident_text text(500) NOT NULL,       -- what happened, in the operator's words
    made_at instant NOT NULL,               -- when it was declared
    made_user_id ref REFERENCES "user" (id), -- by whom; NULL: at the command line
    version int NOT NULL DEFAULT 1          -- counts changes
);

-- table charge: one order of a customer's with the price that was shown
-- owner: charge
-- purpose: billing what was ordered, and proving what was shown (Art. 6(1)(b, c))
-- retention: 8 years after the end of the year (§ 147 AO)
-- restore: present
-- immutable when OLD.billed_at IS NOT NULL OR OLD.waived_at IS NOT NULL
CREATE TABLE charge (
    id id,                                  -- made by the program
    workspace_number int NOT NULL CHECK (workspace_number >= 1), -- whose
    order_key text(64) NOT NULL,            -- the order's name in that workspace
    slug text(63) NOT NULL,                 -- the workspace's name as it was then
    charge_item int NOT NULL CHECK (charge_item >= 1 AND charge_item <= 2), -- enum charge_item
    price_version int NOT NULL,             -- whose price was shown
    net money NOT NULL CHECK (net >= 0),    -- as shown
    vat_percent percent NOT NULL,           -- VAT, as shown
    vat money NOT NULL CHECK (vat >= 0),    -- its amount, as shown
    total money NOT NULL CHECK (total >= 0), -- as shown, to be paid
    currency text(3) NOT NULL,              -- 'EUR'
    charge_reason int NOT NULL CHECK (charge_reason >= 1 AND charge_reason <= 3), -- enum charge_reason: ordered, an incident, free
    incident_id ref REFERENCES incident (id), -- which incident made it free
    ordered_login text(64) NOT NULL,        -- who ordered it
    ordered_at instant NOT NULL,            -- when
    done_at instant,                        -- when it was carried out; NULL: not yet
    billed_at instant,                      -- when the operator billed it; NULL: not
    waived_at instant,                      -- when it was let go; NULL: it was not
    waive_reason text(200) NOT NULL,        -- and why; '' when it was not
    version int NOT NULL DEFAULT 1          -- counts changes
);
CREATE UNIQUE INDEX charge_by_order ON charge (workspace_number, order_key);
