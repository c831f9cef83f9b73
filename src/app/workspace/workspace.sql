-- Statements of the settings: one row.

-- setting_row :maybe
-- the settings; none while nothing was saved
SELECT agency_name, street, postal_code, city, country, agency_phone, agency_email, zone, lang,
       project_scheme, project_scope, budget_warn, department_0, department_1, department_2,
       department_3, department_4, department_5, department_6, department_7, department_8,
       department_9, raster_minutes, lock_days, week_minutes, version
  FROM setting WHERE id = 1;

-- setting_write :change
-- the first time that something is saved, and every later one: with a version that is not the stored
-- one it changes no row
INSERT INTO setting (id, agency_name, street, postal_code, city, country, agency_phone,
                     agency_email, zone, lang, project_scheme, project_scope, budget_warn,
                     department_0, department_1, department_2, department_3, department_4,
                     department_5, department_6, department_7, department_8, department_9,
                     raster_minutes, lock_days, week_minutes)
VALUES (1, :agency_name, :street, :postal_code, :city, :country, :agency_phone, :agency_email,
        :zone, :lang, :project_scheme, :project_scope, :budget_warn, :department_0,
        :department_1, :department_2, :department_3, :department_4, :department_5, :department_6,
        :department_7, :department_8, :department_9, :raster_minutes, :lock_days, :week_minutes)
ON CONFLICT (id) DO UPDATE SET
    agency_name = excluded.agency_name, street = excluded.street,
    postal_code = excluded.postal_code, city = excluded.city, country = excluded.country,
    agency_phone = excluded.agency_phone, agency_email = excluded.agency_email,
    zone = excluded.zone, lang = excluded.lang, project_scheme = excluded.project_scheme,
    project_scope = excluded.project_scope, budget_warn = excluded.budget_warn,
    department_0 = excluded.department_0, department_1 = excluded.department_1,
    department_2 = excluded.department_2, department_3 = excluded.department_3,
    department_4 = excluded.department_4, department_5 = excluded.department_5,
    department_6 = excluded.department_6, department_7 = excluded.department_7,
    department_8 = excluded.department_8, department_9 = excluded.department_9,
    raster_minutes = excluded.raster_minutes, lock_days = excluded.lock_days,
    week_minutes = excluded.week_minutes, version = setting.version + 1
WHERE setting.version = :version;

-- setting_sign_in :maybe
-- what was tightened about signing in; by itself, so that a store of an older schema still shows
-- its other settings
SELECT idle_limit, life_limit, strict_codes, passkey_alone, factor_since_1, factor_since_2,
       factor_since_3, factor_since_4, factor_since_6, factor_since_7, factor_grace, homebanking_since
  FROM setting WHERE id = 1;

-- setting_sign_in_set :change
-- the same row gets them
-- unversioned: because setting_write of the same save has compared and counted
UPDATE setting SET idle_limit = :idle_limit, life_limit = :life_limit, strict_codes = :strict_codes,
       passkey_alone = :passkey_alone,
       factor_since_1 = :factor_since_1, factor_since_2 = :factor_since_2,
       factor_since_3 = :factor_since_3, factor_since_4 = :factor_since_4,
       factor_since_6 = :factor_since_6, factor_since_7 = :factor_since_7,
       factor_grace = :factor_grace
WHERE id = 1;

-- setting_homebanking_set :change
-- the switch; NULL: off
-- unversioned: because setting_write of the same save has compared and counted
UPDATE setting SET homebanking_since = :homebanking_since WHERE id = 1;
