-- 0029-mail-via.sql: which server took a mail.

-- host and port of the server that took it, or was tried last; '' before the first try
ALTER TABLE mail ADD COLUMN via text(260) NOT NULL DEFAULT '';
