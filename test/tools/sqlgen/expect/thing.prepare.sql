\connect :workspace
PREPARE project_insert (int8, text) AS INSERT INTO project (id, name, short_name) VALUES ($1, $2, '');
PREPARE project_rename (text, int8, int8) AS UPDATE project SET name = $1, version = version + 1 WHERE id = $2 AND version = $3;
PREPARE project_touch AS UPDATE project SET version = version + 1;
PREPARE project_remove (int8) AS DELETE FROM project WHERE id = $1;
PREPARE project_by_name (text) AS SELECT id, name, version FROM project WHERE name = $1;
PREPARE project_find (int8) AS SELECT id, name, 'it''s; \ "so"' AS sample_text FROM project WHERE id = $1;
PREPARE project_any AS SELECT id FROM project ORDER BY id;
PREPARE project_search (text) AS SELECT p.id, p.name AS project_name FROM project p WHERE p.name LIKE $1 ESCAPE '\' ORDER BY p.name, p.id;
PREPARE entry_insert (int8, int8, int8, int4, int4, int4, int8, int4, int2, text, bytea, int8, int8) AS INSERT INTO time_entry (id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note, mark, created_at, sequence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id, created_at;
PREPARE entry_all AS SELECT id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note, mark, created_at, sequence FROM time_entry ORDER BY id;
PREPARE entry_each (int4) AS SELECT id, note FROM time_entry WHERE ($1 IS NULL OR day >= $1) ORDER BY id;
PREPARE entry_sum (int8) AS SELECT coalesce(sum(minutes), 0) AS total_minutes, count(*) AS row_count, max(day) AS last_day FROM time_entry WHERE responsible_user_id = $1;
PREPARE entry_rename (text, int8) AS UPDATE time_entry SET note = $1 WHERE project_id = $2 RETURNING id, note;
PREPARE entry_upsert (int8, int8, int4, int8, int8) AS INSERT INTO time_entry (id, project_id, day, minutes, created_at, sequence) VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT (project_id, day, sequence) DO NOTHING RETURNING id;
PREPARE entry_slow AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) AS row_count FROM n;
PREPARE entry_half AS SELECT 0.5 AS total_minutes;
PREPARE entry_big AS SELECT 3000000000 AS total_minutes;
PREPARE entry_odd_text AS SELECT 5 AS name_text;
