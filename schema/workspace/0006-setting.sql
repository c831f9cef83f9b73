-- 0006-setting: what the agency decides once for everybody.

-- table setting: the workspace's settings; one row, id 1; without it the defaults of settings_get() hold
-- owner: workspace
-- purpose: how the agency works and what signing in demands; company data of the agency itself (Art. 6(1)(b))
-- retention: as long as the workspace
-- restore: present
CREATE TABLE setting (
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
    project_scheme text(80) NOT NULL,               -- number scheme with placeholders
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
    lock_days int NOT NULL CHECK (lock_days >= 0 AND lock_days <= 3650), -- own entries are locked after so many days; 0: never
    week_minutes minutes NOT NULL CHECK (week_minutes >= 0 AND week_minutes <= 10080), -- weekly target of new people
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
