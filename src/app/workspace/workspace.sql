-- Statements of the settings: two tables of one row each.

-- agency_row :maybe
-- who the agency is and how it works; none while nothing was saved
SELECT agency_name, street, postal_code, city, country, agency_phone, agency_email, zone, lang,
       project_scheme, project_scope, budget_warn, department_0, department_1, department_2,
       department_3, department_4, department_5, department_6, department_7, department_8,
       department_9, raster_minutes, week_minutes, version
  FROM agency WHERE id = 1;

-- agency_write :change
-- the first time that something is saved, and every later one: with a version that is not the stored
-- one it changes no row
INSERT INTO agency (id, agency_name, street, postal_code, city, country, agency_phone,
                    agency_email, zone, lang, project_scheme, project_scope, budget_warn,
                    department_0, department_1, department_2, department_3, department_4,
                    department_5, department_6, department_7, department_8, department_9,
                    raster_minutes, week_minutes)
VALUES (1, :agency_name, :street, :postal_code, :city, :country, :agency_phone, :agency_email,
        :zone, :lang, :project_scheme, :project_scope, :budget_warn, :department_0,
        :department_1, :department_2, :department_3, :department_4, :department_5, :department_6,
        :department_7, :department_8, :department_9, :raster_minutes, :week_minutes)
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
    raster_minutes = excluded.raster_minutes, week_minutes = excluded.week_minutes,
    version = agency.version + 1
WHERE agency.version = :version;

-- policy_row :maybe
-- what the agency demands; none while nothing was saved
SELECT idle_limit, life_limit, strict_codes, passkey_alone, factor_since_1, factor_since_2,
       factor_since_3, factor_since_4, factor_since_6, factor_since_7, factor_grace,
       homebanking_since, lock_days, version
  FROM policy WHERE id = 1;

-- policy_write :change
-- as agency_write
INSERT INTO policy (id, idle_limit, life_limit, strict_codes, passkey_alone, factor_since_1,
                    factor_since_2, factor_since_3, factor_since_4, factor_since_6,
                    factor_since_7, factor_grace, homebanking_since, lock_days)
VALUES (1, :idle_limit, :life_limit, :strict_codes, :passkey_alone, :factor_since_1,
        :factor_since_2, :factor_since_3, :factor_since_4, :factor_since_6, :factor_since_7,
        :factor_grace, :homebanking_since, :lock_days)
ON CONFLICT (id) DO UPDATE SET
    idle_limit = excluded.idle_limit, life_limit = excluded.life_limit,
    strict_codes = excluded.strict_codes, passkey_alone = excluded.passkey_alone,
    factor_since_1 = excluded.factor_since_1, factor_since_2 = excluded.factor_since_2,
    factor_since_3 = excluded.factor_since_3, factor_since_4 = excluded.factor_since_4,
    factor_since_6 = excluded.factor_since_6, factor_since_7 = excluded.factor_since_7,
    factor_grace = excluded.factor_grace, homebanking_since = excluded.homebanking_since,
    lock_days = excluded.lock_days, version = policy.version + 1
WHERE policy.version = :version;
