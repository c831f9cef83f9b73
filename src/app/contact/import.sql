-- Imports from CSV: drafts with their file, and what is already there to compare with.

-- import_insert :change
-- a draft that was just uploaded
INSERT INTO import (id, file_name, mapping, created_user_id, created_at)
VALUES (:import_id, :file_name, :mapping, :created_user_id, :created_at);

-- import_file_insert :change
-- its file
INSERT INTO import_file (import_id, file_bytes) VALUES (:import_id, :file_bytes);

-- import_get :maybe
-- one import that has not expired
SELECT file_name, mapping, done, new_companies, new_addresses, new_persons, known_rows,
       left_rows, created_user_id, created_at, version
FROM import WHERE id = :import_id AND created_at > :since_at;

-- import_file_get :one
-- the file of a draft
SELECT file_bytes FROM import_file WHERE import_id = :import_id;

-- import_set_mapping :change
-- which column is which field
UPDATE import SET mapping = :mapping, version = version + 1
WHERE id = :import_id AND done = 0 AND version = :version;

-- import_set_done :change
-- the import was written
UPDATE import SET done = 1, new_companies = :new_companies, new_addresses = :new_addresses,
                  new_persons = :new_persons, known_rows = :known_rows,
                  left_rows = :left_rows, version = version + 1
WHERE id = :import_id AND done = 0 AND version = :version;

-- import_file_remove :run
-- the file of an import that is done or dropped
DELETE FROM import_file WHERE import_id = :import_id;

-- import_remove :run
-- a draft that is dropped
DELETE FROM import WHERE id = :import_id;

-- import_file_expire :run
-- files of imports that are too old
DELETE FROM import_file
WHERE import_id IN (SELECT id FROM import WHERE created_at <= :until_at);

-- import_expire :run
-- imports that are too old
DELETE FROM import WHERE created_at <= :until_at;

-- import_drafts :list(100)
-- a person's own drafts, newest first
SELECT id AS import_id, file_name, created_at FROM import
WHERE created_user_id = :created_user_id AND done = 0 AND created_at > :since_at
ORDER BY id DESC LIMIT 100;

-- book_companies :each
-- every company, to recognise it in a file
SELECT id AS company_id, name, code FROM company ORDER BY id;

-- book_addresses :each
-- every address, in the order of its company
SELECT company_id, id AS address_id, postal_code, city, street, street_no FROM address
ORDER BY company_id, id;

-- book_persons :each
-- every person, in the order of its company
SELECT company_id, id AS person_id, first_name, last_name, email FROM person ORDER BY company_id, id;
