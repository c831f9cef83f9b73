-- schema: system
-- health.sql: what doctor found last.

-- health_find :maybe
-- a finding of the last look
SELECT id, finding_key, place_no, finding_state, version
  FROM health WHERE finding_key = :finding_key AND place_no = :place_no;

-- health_insert :change
-- a finding that was not there
INSERT INTO health (id, finding_key, place_no, finding_state, german_text, english_text, since_at, seen_at)
VALUES (:id, :finding_key, :place_no, :finding_state, :german_text, :english_text, :since_at, :since_at);

-- health_state_change :change
-- a finding that came to another state
UPDATE health SET finding_state = :finding_state, german_text = :german_text, english_text = :english_text,
       since_at = :since_at, seen_at = :since_at, version = version + 1
 WHERE id = :id AND version = :version;

-- health_seen :change
-- a finding that is as it was, perhaps with other figures
UPDATE health SET german_text = :german_text, english_text = :english_text, seen_at = :seen_at, version = version + 1
 WHERE id = :id AND version = :version;

-- health_gone :list(1000)
-- what this look did not find any more
SELECT id, finding_key, finding_state FROM health WHERE seen_at < :seen_at ORDER BY id;

-- health_drop :change
-- and away with it
DELETE FROM health WHERE id = :id;

-- health_list :list(1000)
-- all findings, the worst first
SELECT finding_key, finding_state, german_text, english_text, since_at, seen_at
  FROM health ORDER BY finding_state DESC, finding_key, place_no;

-- health_operators :list(200)
-- whom it concerns: people who may sign in at the console
SELECT id AS user_id FROM "user" WHERE user_state = 2 ORDER BY id;
