-- export.sql: what a workspace's own people take along.

-- export_insert :change
-- one is ordered
INSERT INTO export_file (id, export_state, user_id, ordered_at, recipient_text, is_own_key,
    file_size, hash_text, code_text, is_readable, opener_text)
VALUES (:id, 1, :user_id, :ordered_at, :recipient_text, :is_own_key, 0, '', '', :is_readable,
    :opener_text);

-- export_row :maybe
-- one of them
SELECT id, export_state, user_id, ordered_at, ended_at, gone_at, recipient_text, is_own_key,
       file_size, hash_text, code_text, is_readable, opener_text
  FROM export_file WHERE id = :id;

-- export_list :list(20)
-- the latest, for people
SELECT e.id, e.export_state, e.user_id, e.ordered_at, e.ended_at, e.gone_at, e.is_own_key,
       e.file_size, e.hash_text, e.code_text, e.is_readable, u.first_name, u.last_name, u.login
  FROM export_file e JOIN "user" u ON u.id = e.user_id
 ORDER BY e.id DESC LIMIT 20;

-- export_wanted :list(20)
-- what master is to be asked for
SELECT id, recipient_text, is_readable FROM export_file WHERE export_state = 1 ORDER BY id LIMIT 20;

-- export_wanted_count :one
-- how many are under way
SELECT count(*) AS export_count FROM export_file WHERE export_state = 1;

-- export_ordered_count :one
-- how many of a kind were ordered since then and did not fail
SELECT count(*) AS export_count FROM export_file
 WHERE ordered_at >= :since_at AND export_state <> 3 AND is_readable = :is_readable;

-- export_set_there :change
-- all of it is written
UPDATE export_file SET export_state = 2, ended_at = :ended_at, file_size = :file_size,
       hash_text = :hash_text
 WHERE id = :id AND export_state = 1;

-- export_set_failed :change
-- it did not come about
UPDATE export_file SET export_state = 3, ended_at = :ended_at, code_text = :code_text,
       opener_text = ''
 WHERE id = :id AND export_state = 1;

-- export_set_gone :change
-- its file was removed, whole or not
UPDATE export_file SET export_state = 4, gone_at = :gone_at, opener_text = ''
 WHERE id = :id AND export_state IN (1, 2);

-- export_there :list(100)
-- whose files lie there, the latest first
SELECT id, ended_at, is_readable FROM export_file WHERE export_state = 2 ORDER BY id DESC LIMIT 100;
