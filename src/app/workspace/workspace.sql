-- Statements of the settings: one row.

-- setting_row :maybe
-- the settings; none while nothing was saved
SELECT agency_name, street, postal_code, city, country, agency_phone, agency_email, zone, lang,
       project_scheme, project_scope, budget_warn, department_0, department_1, department_2,
       department_3, department_4, department_5, department_6, department_7, department_8,
       department_9, raster_minutes, lock_days, week_minutes, version
  FROM setting WHERE id = 1;

-- setting_insert :change
-- the first time that something is saved
INSERT INTO setting (id, agency_name, street, postal_code, city, country, agency_phone,
                     agency_email, zone, lang, project_scheme, project_scope, budget_warn,
                     department_0, department_1, department_2, department_3, department_4,
                     department_5, department_6, department_7, department_8, department_9,
                     raster_minutes, lock_days, week_minutes)
VALUES (1, :agency_name, :street, :postal_code, :city, :country, :agency_phone,
        :agency_email, :zone, :lang, :project_scheme, :project_scope, :budget_warn,
        :department_0, :department_1, :department_2, :department_3, :department_4,
        :department_5, :department_6, :department_7, :department_8, :department_9,
        :raster_minutes, :lock_days, :week_minutes);

-- setting_update :change
-- every later time
UPDATE setting
   SET agency_name = :agency_name, street = :street, postal_code = :postal_code, city = :city,
       country = :country, agency_phone = :agency_phone, agency_email = :agency_email,
       zone = :zone, lang = :lang, project_scheme = :project_scheme,
       project_scope = :project_scope, budget_warn = :budget_warn, department_0 = :department_0,
       department_1 = :department_1, department_2 = :department_2, department_3 = :department_3,
       department_4 = :department_4, department_5 = :department_5, department_6 = :department_6,
       department_7 = :department_7, department_8 = :department_8, department_9 = :department_9,
       raster_minutes = :raster_minutes, lock_days = :lock_days, week_minutes = :week_minutes,
       version = version + 1
 WHERE id = 1 AND version = :version;

-- setting_sign_in :maybe
-- what was tightened about signing in; by itself, so that a store of an older schema still shows
-- its other settings
SELECT idle_limit, life_limit, strict_codes, factor_since_1, factor_since_2, factor_since_3,
       factor_since_4, factor_since_6, factor_since_7, factor_grace, homebanking_since
  FROM setting WHERE id = 1;

-- setting_sign_in_set :change
-- the same row gets them
-- unversioned: because setting_insert or setting_update of the same save has compared and counted
UPDATE setting SET idle_limit = :idle_limit, life_limit = :life_limit, strict_codes = :strict_codes,
       factor_since_1 = :factor_since_1, factor_since_2 = :factor_since_2,
       factor_since_3 = :factor_since_3, factor_since_4 = :factor_since_4,
       factor_since_6 = :factor_since_6, factor_since_7 = :factor_since_7,
       factor_grace = :factor_grace
WHERE id = 1;

-- setting_homebanking_set :change
-- the switch; NULL: off
-- unversioned: because setting_insert or setting_update of the same save has compared and counted
UPDATE setting SET homebanking_since = :homebanking_since WHERE id = 1;
