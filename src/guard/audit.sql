-- audit.sql: the audit trail is only ever added to.

-- audit_add :change
-- one change or security event
INSERT INTO audit (id, at, actor_user_id, reason_text, event_text, subject_kind_text,
    subject_number, fields_text, network_text)
VALUES (:id, :at, :actor_user_id, :reason_text, :event_text, :subject_kind_text,
    :subject_number, :fields_text, :network_text);
