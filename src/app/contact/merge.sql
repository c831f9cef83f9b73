-- Merging: finding records that may be the same, and moving what belongs to one to the other.

-- alike_companies :each
-- every company with what is compared, and what is shown
SELECT c.id AS company_id, c.name, c.code, c.status,
       coalesce((SELECT a.city FROM address a WHERE a.company_id = c.id AND a.active = 1
                 ORDER BY a.id LIMIT 1), '') AS city,
       (SELECT count(*) FROM project j WHERE j.company_id = c.id) AS project_count
FROM company c ORDER BY c.id;

-- alike_persons :each
-- every person with what is compared, and what is shown
SELECT p.id AS person_id, p.company_id, p.first_name, p.last_name, p.email, p.phone,
       c.name AS company_name
FROM person p JOIN company c ON c.id = p.company_id ORDER BY p.company_id, p.id;

-- merge_counts :one
-- what hangs on a company
SELECT (SELECT count(*) FROM address WHERE company_id = :company_id) AS address_count,
       (SELECT count(*) FROM person WHERE company_id = :company_id) AS person_count,
       (SELECT count(*) FROM project WHERE company_id = :company_id) AS project_count;

-- merge_projects :list(5000)
-- the projects of a company, or (of company 0) those with a person
SELECT id AS project_id, company_id, person_id FROM project
WHERE company_id = :company_id OR person_id = :person_id ORDER BY id LIMIT 5000;

-- address_move :run
-- all addresses of a company become another one's
-- unversioned: because an address goes along unchanged
UPDATE address SET company_id = :company_id, version = version + 1
WHERE company_id = :old_company_id;

-- person_move :run
-- all persons of a company become another one's
-- unversioned: because a person goes along unchanged
UPDATE person SET company_id = :company_id, version = version + 1
WHERE company_id = :old_company_id;

-- person_rehouse :run
-- all persons of an address get another one
-- unversioned: because both addresses are the same place
UPDATE person SET address_id = :address_id, version = version + 1
WHERE address_id = :old_address_id;

-- company_delete :change
-- a company on which nothing hangs any more
DELETE FROM company WHERE id = :company_id;

-- address_delete :change
-- an address at which nobody is any more
DELETE FROM address WHERE id = :address_id;

-- person_delete :change
-- a person on whom no project hangs any more
DELETE FROM person WHERE id = :person_id;
