-- Statements of the targets outside.

-- target_of_kind :maybe
-- the one target of a kind
SELECT id, target_kind, host, port, target_login, secret_sealed, sender, provider, country,
       contract_state, is_on, switched_at, switched_user_id, version
  FROM target WHERE target_kind = :target_kind;

-- target_insert :change
-- named for the first time, switched off
INSERT INTO target (id, target_kind, host, port, target_login, secret_sealed, sender, provider,
                    country, contract_state)
VALUES (:id, :target_kind, :host, :port, :target_login, :secret_sealed, :sender, :provider,
        :country, :contract_state);

-- target_update :change
-- whatever changes, it is switched off by it
UPDATE target
   SET host = :host, port = :port, target_login = :target_login, secret_sealed = :secret_sealed,
       sender = :sender, provider = :provider, country = :country,
       contract_state = :contract_state, is_on = 0, version = version + 1
 WHERE id = :id AND version = :version;

-- target_switch :change
-- on or off, by whom
UPDATE target
   SET is_on = :is_on, switched_at = :switched_at, switched_user_id = :switched_user_id,
       version = version + 1
 WHERE id = :id AND version = :version;

-- target_drop :change
-- with its password
DELETE FROM target WHERE id = :id;

-- target_known :maybe
-- is there one of that number
SELECT id FROM target WHERE id = :id;

-- outbound_person :one
-- where a test message goes, and who switched
SELECT first_name, last_name, email, lang FROM "user" WHERE id = :id;
