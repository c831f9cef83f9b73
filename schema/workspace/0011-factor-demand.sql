-- 0011-factor-demand: groups of which the agency demands a second factor, and how long people may take to set
-- it up (AUTH-15). Administrators must have one in any case. By number of enum group; NULL: not demanded.

-- when it was demanded of group 1
ALTER TABLE setting ADD COLUMN factor_since_1 instant;

-- when it was demanded of group 2
ALTER TABLE setting ADD COLUMN factor_since_2 instant;

-- when it was demanded of group 3
ALTER TABLE setting ADD COLUMN factor_since_3 instant;

-- when it was demanded of group 4
ALTER TABLE setting ADD COLUMN factor_since_4 instant;

-- when it was demanded of group 6
ALTER TABLE setting ADD COLUMN factor_since_6 instant;

-- when it was demanded of group 7
ALTER TABLE setting ADD COLUMN factor_since_7 instant;

-- days from the demand, or from a person's first day, until it must be there
ALTER TABLE setting ADD COLUMN factor_grace int NOT NULL DEFAULT 7 CHECK (factor_grace >= 0 AND factor_grace <= 30);
