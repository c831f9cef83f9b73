-- mail.sql: outbox and notices; read and written by mail.c alone.

-- mail_add :change
-- one message for one address
INSERT INTO mail (id, mail_kind, user_id, recipient, subject, body, mail_state, next_at, created_at)
VALUES (:id, :mail_kind, :user_id, :recipient, :subject, :body, 1, :now_at, :now_at);

-- mail_count_since :one
-- how many of a kind an account was sent
SELECT COUNT(*) AS mail_count FROM mail
WHERE mail_kind = :mail_kind AND user_id = :user_id AND created_at > :since_at;

-- mail_first_due :maybe
-- the message that has been due for longest
SELECT id, mail_kind, recipient, subject, body, tries, created_at FROM mail
WHERE mail_state = 1 AND next_at <= :now_at ORDER BY next_at, id LIMIT 1;

-- mail_first_at :maybe
-- when the next one is due
SELECT next_at FROM mail WHERE mail_state = 1 ORDER BY next_at LIMIT 1;

-- mail_end :change
-- delivered or given up: the text goes
UPDATE mail SET mail_state = :mail_state, body = NULL, tries = tries + 1, ended_at = :ended_at,
    answer = :answer, transport = :transport, via = :via
WHERE id = :id AND mail_state = 1;

-- mail_delay :change
-- later again
UPDATE mail SET tries = tries + 1, next_at = :next_at, answer = :answer, via = :via
WHERE id = :id AND mail_state = 1;

-- mail_hurry :change
-- now
UPDATE mail SET next_at = :next_at WHERE id = :id AND mail_state = 1;

-- mail_queue_list :list(100)
-- what waits or failed, then the rest, the latest first
SELECT id, mail_kind, mail_state, recipient, subject, answer, transport, via, tries, created_at,
       next_at, ended_at
  FROM mail
 ORDER BY CASE mail_state WHEN 2 THEN 1 ELSE 0 END, id DESC LIMIT 100;

-- mail_use_of :one
-- what one server took since then, and when last
SELECT COUNT(*) AS mail_count, MAX(ended_at) AS ended_at FROM mail
WHERE mail_state = 2 AND via = :via AND ended_at > :since_at;

-- mail_sums :one
-- how the outbox stands
SELECT COUNT(CASE mail_state WHEN 1 THEN 1 END) AS waiting_count,
       COUNT(CASE mail_state WHEN 2 THEN 1 END) AS sent_count,
       COUNT(CASE mail_state WHEN 3 THEN 1 END) AS failed_count,
       MIN(CASE mail_state WHEN 1 THEN created_at END) AS oldest_at
  FROM mail;

-- mail_stuck :maybe
-- why the newest that was tried is not delivered: what is wrong now
SELECT answer, via FROM mail
WHERE mail_state = 1 AND tries > 0 ORDER BY created_at DESC, id DESC LIMIT 1;

-- mail_known :maybe
-- is there one of that number
SELECT id FROM mail WHERE id = :id;

-- mail_give_up_old :run
-- nobody took it for so long that it is no news any more
UPDATE mail SET mail_state = 3, body = NULL, ended_at = :now_at
WHERE mail_state = 1 AND created_at <= :before_at;

-- mail_drop_old :run
-- ended long ago
DELETE FROM mail WHERE ended_at <= :before_at;

-- notice_add :change
-- something a person is told of
INSERT INTO notice (id, user_id, event_text, at, network_text)
VALUES (:id, :user_id, :event_text, :at, :network_text);

-- notice_first_unmailed :list(50)
-- no mail was written for these yet
SELECT id, user_id, event_text, at, network_text, seen_at FROM notice
WHERE mailed_at IS NULL ORDER BY id LIMIT 50;

-- notice_set_mailed :change
-- its mails are in the outbox
UPDATE notice SET mailed_at = :mailed_at WHERE id = :id AND mailed_at IS NULL;

-- notice_of_user :list(50)
-- a person's own, the latest first
SELECT id, user_id, event_text, at, network_text, seen_at FROM notice
WHERE user_id = :user_id ORDER BY id DESC LIMIT 50;

-- notice_unseen_count :one
-- how many are new to the person
SELECT COUNT(*) AS notice_count FROM notice WHERE user_id = :user_id AND seen_at IS NULL;

-- notice_told_count :one
-- how often a person was told of something lately
SELECT COUNT(*) AS notice_count FROM notice
WHERE user_id = :user_id AND event_text = :event_text AND at >= :since_at;

-- notice_set_seen :run
-- the person has them on the screen
UPDATE notice SET seen_at = :seen_at WHERE user_id = :user_id AND seen_at IS NULL;

-- notice_drop_old :run
-- told long ago
DELETE FROM notice WHERE at <= :before_at;
