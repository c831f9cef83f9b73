-- thing.sql: the statements of sqlgen's golden test; the store's tests run them.

-- project_insert :change
-- a new project
INSERT INTO project (id, name, short_name) VALUES (:id, :name, '');

-- project_rename :change
-- another name, unless somebody was faster
UPDATE project SET name = :name, version = version + 1 WHERE id = :id AND version = :version;

-- project_touch :run
-- counts a change
-- unversioned: because nothing is overwritten
UPDATE project SET version = version + 1;

-- project_remove :change
-- gone
DELETE FROM project WHERE id = :id;

-- project_by_name :maybe
-- by its exact name
SELECT id, name, version FROM project WHERE name = :name;

-- project_find :one
-- by its id; a text with a ' and a ; and a \ in it
SELECT id, name, 'it''s; \ "so"' AS sample_text FROM project WHERE id = :project_id;

-- project_any :one
-- wrong on purpose: gives every project
SELECT id FROM project ORDER BY id;

-- project_search :list(3)
-- names that begin with the text; %, _ and \ are escaped by the caller
SELECT p.id, p.name AS project_name
FROM project p
WHERE p.name LIKE :pattern_text ESCAPE '\' -- the engines differ without ESCAPE
ORDER BY p.name, p.id;

-- entry_insert :one
-- every type, with what the database adds
INSERT INTO time_entry (id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax,
                        is_closed, note, mark, created_at, sequence)
VALUES (:id, :project_id, :responsible_user_id, :day, :from_clock, :minutes, :rate, :tax,
        :is_closed, :note, :mark, :created_at, :sequence)
RETURNING id, created_at;

-- entry_all :list
-- every column
SELECT id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note,
       mark, created_at, sequence
FROM time_entry ORDER BY id;

-- entry_each :each
-- one after the other
SELECT id, note FROM time_entry WHERE (:since_day IS NULL OR day >= :since_day) ORDER BY id;

-- entry_sum :one
-- how much, how many, and how long for one
SELECT coalesce(sum(minutes), 0) AS total_minutes, count(*) AS row_count,
       max(day) AS last_day FROM time_entry WHERE responsible_user_id = :responsible_user_id;

-- entry_rename :list
-- a write that gives its rows
UPDATE time_entry SET note = :note WHERE project_id = :project_id RETURNING id, note;

-- entry_upsert :maybe
-- nothing when it is there already
INSERT INTO time_entry (id, project_id, day, minutes, created_at, sequence)
VALUES (:id, :project_id, :day, 0, :created_at, :sequence)
ON CONFLICT (project_id, day, sequence) DO NOTHING RETURNING id;

-- entry_slow :one
-- counts for a very long time
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000)
SELECT count(*) AS row_count FROM n;

-- entry_half :one
-- a value that is no whole number
SELECT 0.5 AS total_minutes;

-- entry_big :one
-- a value that does not fit
SELECT 3000000000 AS total_minutes;

-- entry_odd_text :one
-- a number where text is promised
SELECT 5 AS name_text;
