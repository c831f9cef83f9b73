-- 0010-mail.sql: what people are told about their account, and the mail that carries it out. A row is
-- written in the transaction of the change it tells of; it is delivered after the commit.

-- table notice: one thing that a person must learn about the own account; shown there and mailed
-- owner: guard
-- purpose: misuse is noticed by the one it happens to (Art. 32)
-- retention: 90 days
-- restore: present
CREATE TABLE notice (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- who is told
    event_text text(64) NOT NULL,               -- name of the event in events.def
    at instant NOT NULL,                        -- when it happened
    network_text text(64),                      -- coarse client network it came from; NULL: unknown
    mailed_at instant,                          -- when its mails were queued; NULL: not yet
    seen_at instant                             -- when the person had it on the screen; NULL: not yet
);
CREATE INDEX notice_by_user ON notice (user_id, id);
CREATE INDEX notice_unmailed ON notice (mailed_at, id);

-- table mail: one message to one address, until it is delivered or given up
-- owner: guard
-- secret
-- purpose: delivery of notices, links and later documents (Art. 6(1)(b), Art. 32)
-- retention: the text until delivered, the rest 30 days
-- restore: present
CREATE TABLE mail (
    id id,                                      -- made by the program
    mail_kind int NOT NULL CHECK (mail_kind >= 1 AND mail_kind <= 9), -- enum mail_kind
    user_id ref REFERENCES "user" (id),         -- whose account it is about; NULL: none
    recipient text(254) NOT NULL,               -- one address, checked
    subject text(200) NOT NULL,                 -- in the person's language
    body text(20000),                           -- plain text, with a link sealed (KP_SECRET); NULL once delivered or given up
    mail_state int NOT NULL CHECK (mail_state >= 1 AND mail_state <= 3), -- enum mail_state: waiting, sent, failed
    tries int NOT NULL DEFAULT 0,               -- deliveries begun
    next_at instant NOT NULL,                   -- not before; while waiting
    created_at instant NOT NULL,                -- when it was written
    ended_at instant,                           -- when it was delivered or given up
    answer text(200) NOT NULL DEFAULT '',       -- the server's last words, or why it was not reached
    transport text(80) NOT NULL DEFAULT ''      -- how the way was encrypted: "TLSv1.3 TLS_AES_256_GCM_SHA384"
);
CREATE INDEX mail_due ON mail (mail_state, next_at);
CREATE INDEX mail_by_time ON mail (created_at);
