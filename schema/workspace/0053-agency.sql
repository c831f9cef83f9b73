-- 0053-agency: the settings become two tables. How the agency works travels back with a state of it; what it demands
-- of its people stays as it is today, whatever state is put back (BAK-12).

-- table agency: who the agency is and how it works; one row, id 1; without it the defaults of settings_get() hold
-- owner: workspace
-- purpose: letters, calendar and numbers of the agency; company data of the agency itself (Art. 6(1)(b))
-- retention: as long as the workspace
-- restore: content
CREATE TABLE agency (
    id id,                                          -- always 1
    agency_name text(255) NOT NULL,                 -- the agency's full name
    street text(255) NOT NULL,                      -- street and number
    postal_code text(20) NOT NULL,                  -- postal code
    city text(120) NOT NULL,                        -- town
    country text(60) NOT NULL,                      -- country, as written on letters
    agency_phone text(60) NOT NULL,                 -- central phone
    agency_email text(255) NOT NULL,                -- central e-mail address
    zone text(60) NOT NULL,                         -- IANA zone of civil days and clock times
    lang int NOT NULL,                              -- enum lang: language of new people and of mails
    project_scheme text(80) NOT NULL,               -- number scheme with placeholders; how far it counted is project_counter's
    project_scope int NOT NULL CHECK (project_scope >= 0 AND project_scope <= 3), -- what {N} counts: 0 all, 1 year, 2 company, 3 company and year
    budget_warn percent NOT NULL CHECK (budget_warn >= 100 AND budget_warn <= 10000), -- share of the plan from which the traffic light is yellow
    department_0 text(60) NOT NULL,                 -- name of internal department 0; '' hides it
    department_1 text(60) NOT NULL,                 -- name of internal department 1
    department_2 text(60) NOT NULL,                 -- name of internal department 2
    department_3 text(60) NOT NULL,                 -- name of internal department 3
    department_4 text(60) NOT NULL,                 -- name of internal department 4
    department_5 text(60) NOT NULL,                 -- name of internal department 5
    department_6 text(60) NOT NULL,                 -- name of internal department 6
    department_7 text(60) NOT NULL,                 -- name of internal department 7
    department_8 text(60) NOT NULL,                 -- name of internal department 8
    department_9 text(60) NOT NULL,                 -- name of internal department 9
    raster_minutes minutes NOT NULL CHECK (raster_minutes >= 0 AND raster_minutes <= 60), -- entries are rounded up to it; 0: free
    week_minutes minutes NOT NULL CHECK (week_minutes >= 0 AND week_minutes <= 10080), -- weekly target of new people
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);

-- table policy: what the agency demands of its people; one row, id 1; without it the house's own holds
-- owner: workspace
-- purpose: protection of what people enter: who signs in how, and what of the past is locked (Art. 32; names no person)
-- retention: as long as the workspace
-- restore: present
CREATE TABLE policy (
    id id,                                          -- always 1
    idle_limit int NOT NULL DEFAULT 60 CHECK (idle_limit >= 5 AND idle_limit <= 60), -- minutes after which a session at rest ends
    life_limit int NOT NULL DEFAULT 12 CHECK (life_limit >= 1 AND life_limit <= 12), -- hours after which any session ends
    strict_codes flag NOT NULL DEFAULT 0,           -- codes count in their own 30 seconds only
    passkey_alone flag NOT NULL DEFAULT 0,          -- a passkey alone signs in
    factor_since_1 instant,                         -- a second factor is demanded of group 1 since then; NULL: not demanded
    factor_since_2 instant,                         -- of group 2
    factor_since_3 instant,                         -- of group 3
    factor_since_4 instant,                         -- of group 4
    factor_since_6 instant,                         -- of group 6
    factor_since_7 instant,                         -- of group 7
    factor_grace int NOT NULL DEFAULT 7 CHECK (factor_grace >= 0 AND factor_grace <= 30), -- days from the demand, or from a person's first day
    homebanking_since instant,                      -- the switch of SES-06 is on since then; NULL: off
    lock_days int NOT NULL CHECK (lock_days >= 0 AND lock_days <= 3650), -- own entries are locked after so many days; 0: never
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);

INSERT INTO agency (id, agency_name, street, postal_code, city, country, agency_phone, agency_email, zone, lang,
                    project_scheme, project_scope, budget_warn, department_0, department_1, department_2,
                    department_3, department_4, department_5, department_6, department_7, department_8,
                    department_9, raster_minutes, week_minutes, version)
SELECT id, agency_name, street, postal_code, city, country, agency_phone, agency_email, zone, lang,
       project_scheme, project_scope, budget_warn, department_0, department_1, department_2,
       department_3, department_4, department_5, department_6, department_7, department_8,
       department_9, raster_minutes, week_minutes, version
  FROM setting;
INSERT INTO policy (id, idle_limit, life_limit, strict_codes, passkey_alone, factor_since_1, factor_since_2,
                    factor_since_3, factor_since_4, factor_since_6, factor_since_7, factor_grace,
                    homebanking_since, lock_days, version)
SELECT id, idle_limit, life_limit, strict_codes, passkey_alone, factor_since_1, factor_since_2,
       factor_since_3, factor_since_4, factor_since_6, factor_since_7, factor_grace,
       homebanking_since, lock_days, version
  FROM setting;
DROP TABLE setting;
