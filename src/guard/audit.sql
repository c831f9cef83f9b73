-- audit.sql: the audit trail is only ever added to, and read by subject.

-- audit_add :change
-- one change or security event
INSERT INTO audit (id, at, actor_user_id, reason_text, event_text, subject_kind_text,
    subject_number, fields_text, network_text)
VALUES (:id, :at, :actor_user_id, :reason_text, :event_text, :subject_kind_text,
    :subject_number, :fields_text, :network_text);

-- audit_span :one
-- the whole trail: how many, from where to where, and the number that was given last
SELECT count(*) AS row_count, coalesce(min(id), 0) AS first_count, coalesce(max(id), 0) AS last_number,
       (SELECT coalesce(max(c.last_number), 0) FROM id_counter c WHERE c.table_name = 'audit') AS given_count
  FROM audit;

-- audit_of_event :one
-- how often one thing was done to any of a kind since then
SELECT count(*) AS row_count FROM audit
 WHERE subject_kind_text = :subject_kind_text AND event_text = :event_text AND at >= :since_at;

-- audit_of_subject :list(200)
-- what was done to one thing and by whom, the latest first
SELECT a.id AS audit_id, a.at, a.actor_user_id, u.first_name, u.last_name, a.reason_text,
       a.event_text, a.fields_text
  FROM audit a LEFT JOIN "user" u ON u.id = a.actor_user_id
 WHERE a.subject_kind_text = :subject_kind_text AND a.subject_number = :subject_number
 ORDER BY a.id DESC LIMIT :limit_count;
