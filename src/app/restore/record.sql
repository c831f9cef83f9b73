-- record.sql: what people know a record by, in a state as in the present, and what was taken back.

-- record_words :maybe
-- the words that people know one record by
SELECT p.project_no || ' ' || p.name AS label_text, t.note AS note_text, t.day AS label_day
  FROM time_entry t JOIN project p ON p.id = t.project_id
 WHERE :kind_text = 'time_entry' AND t.id = :key_count
UNION ALL
SELECT project_no || ' ' || name, quick_info, NULL FROM project
 WHERE :kind_text = 'project' AND id = :key_count
UNION ALL
SELECT name, code, NULL FROM company WHERE :kind_text = 'company' AND id = :key_count
UNION ALL
SELECT first_name || ' ' || last_name, position, NULL FROM person
 WHERE :kind_text = 'person' AND id = :key_count
UNION ALL
SELECT c.name, a.city, NULL FROM address a JOIN company c ON c.id = a.company_id
 WHERE :kind_text = 'address' AND a.id = :key_count
UNION ALL
SELECT name, '', NULL FROM project_group WHERE :kind_text = 'project_group' AND id = :key_count
UNION ALL
SELECT name, '', NULL FROM category_group WHERE :kind_text = 'category_group' AND id = :key_count
UNION ALL
SELECT name, '', NULL FROM category WHERE :kind_text = 'category' AND id = :key_count
UNION ALL
SELECT name, '', NULL FROM contact_filter
 WHERE :kind_text = 'contact_filter' AND filter_no = :key_count
UNION ALL
SELECT agency_name, '', NULL FROM agency WHERE :kind_text = 'agency' AND id = :key_count;

-- record_part_words :maybe
-- the words for what belongs to a record and has a key of two parts
SELECT tag AS label_text FROM company_tag
 WHERE :kind_text = 'company_tag' AND company_id = :key_count AND tag_key = :part_text
UNION ALL
SELECT tag FROM project_tag
 WHERE :kind_text = 'project_tag' AND project_id = :key_count AND tag_key = :part_text
UNION ALL
SELECT name FROM project_link
 WHERE :kind_text = 'project_link' AND project_id = :key_count AND link_no = :part_count
UNION ALL
SELECT first_name || ' ' || last_name FROM "user"
 WHERE :kind_text = 'project_user' AND id = :part_count;

-- record_minutes :maybe
-- a project's kept sum, and what its entries sum up to
SELECT p.needed_minutes, coalesce(sum(t.minutes), 0) AS total_minutes
  FROM project p LEFT JOIN time_entry t ON t.project_id = p.id
 WHERE p.id = :project_id GROUP BY p.id, p.needed_minutes;

-- take_add :change
-- single records came back
INSERT INTO restore_take (id, state_name, taken_at, undone_at, restore_order_id)
VALUES (:id, :state_name, :taken_at, NULL, :restore_order_id);

-- take_row_add :change
-- one row that came or was changed by it
INSERT INTO restore_take_row (restore_take_id, row_no, record_table, before_json, after_json)
VALUES (:restore_take_id, :row_no, :record_table, :before_json, :after_json);

-- take_last :maybe
-- the latest one that can be undone
SELECT id AS restore_take_id, state_name FROM restore_take
 WHERE taken_at >= :since_at AND undone_at IS NULL ORDER BY id DESC LIMIT 1;

-- take_rows :list(1000)
-- what it brought, the last first
SELECT record_table, before_json, after_json FROM restore_take_row
 WHERE restore_take_id = :restore_take_id ORDER BY row_no DESC;

-- take_undone :change
-- it was taken back
UPDATE restore_take SET undone_at = :undone_at
 WHERE id = :restore_take_id AND undone_at IS NULL;

-- take_row_prune :run
-- rows of those that can be undone no more
DELETE FROM restore_take_row
 WHERE restore_take_id IN (SELECT id FROM restore_take WHERE taken_at < :before_at);
