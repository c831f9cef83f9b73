-- session.sql: sessions; read and written by session.c alone.

-- session_by_selector :maybe
-- the session of a cookie, with its person, and how many second factors she can use at a host
SELECT s.id, s.user_id, s.token_hash, s.old_hash, s.turn_salt, s.form_secret, s.session_level,
    s.created_at, s.turned_at, s.shown_at, s.seen_at, s.expires_at, s.stepped_up_at, u.login, u.first_name,
    u.last_name, u.group_no, u.right_plus, u.right_minus, u.lang, u.theme, u.user_state,
    u.created_at AS person_since_at,
    (SELECT count(*) FROM factor f WHERE f.user_id = s.user_id AND f.confirmed_at IS NOT NULL)
        + (SELECT count(*) FROM passkey p WHERE p.user_id = s.user_id AND p.host_name = :host_name)
        AS factor_count,
    (SELECT c.must_change FROM credential c WHERE c.user_id = s.user_id) AS must_change,
    (SELECT c.factor_again FROM credential c WHERE c.user_id = s.user_id) AS factor_again
FROM session s JOIN "user" u ON u.id = s.user_id
WHERE s.selector_hash = :selector_hash;

-- session_add :change
-- somebody has shown who they are
INSERT INTO session (id, user_id, selector_hash, token_hash, turn_salt, form_secret, session_level,
    created_at, turned_at, seen_at, expires_at, stepped_up_at, device, network)
VALUES (:id, :user_id, :selector_hash, :token_hash, :turn_salt, :form_secret, :session_level,
    :now_at, :now_at, :now_at, :expires_at, :stepped_up_at, :device, :network);

-- session_seen :change
-- it was used; its current token was shown
UPDATE session SET seen_at = :seen_at, shown_at = :shown_at WHERE id = :id;

-- session_turn :change
-- a new token; the old one stays good until the new one was shown
UPDATE session SET old_hash = token_hash, token_hash = :token_hash, turn_salt = :turn_salt,
    turned_at = :now_at, shown_at = NULL, seen_at = :now_at
WHERE id = :id;

-- session_proven :change
-- password or factor was proven again
UPDATE session SET stepped_up_at = :now_at WHERE id = :id;

-- session_tries :one
-- one more wrong code for a ticket
UPDATE session SET tries = tries + 1 WHERE id = :id AND session_level = 1 RETURNING tries;

-- session_drop :run
-- ends one session of a person
DELETE FROM session WHERE id = :id AND user_id = :user_id;

-- session_drop_all :run
-- ends all of a person's sessions but one
DELETE FROM session WHERE user_id = :user_id AND id <> coalesce(:kept_session_id, 0);

-- session_drop_oldest :run
-- room for one more: those that rested longest end
DELETE FROM session WHERE id IN (
    SELECT o.id FROM session o WHERE o.user_id = :user_id AND o.session_level = 2
    ORDER BY o.seen_at DESC, o.id DESC LIMIT 1000 OFFSET :kept_count);

-- session_of_user :list(100)
-- a person's sessions that are alive
SELECT id, device, network, created_at, seen_at FROM session
WHERE user_id = :user_id AND session_level = 2 AND expires_at > :now_at
    AND created_at > :begun_at AND seen_at > :idle_at
ORDER BY seen_at DESC, id DESC;

-- session_drop_past :run
-- what ran out or rested too long
DELETE FROM session WHERE expires_at <= :now_at OR created_at <= :begun_at OR seen_at <= :idle_at;

-- session_owner :maybe
-- whose session this is
SELECT user_id FROM session WHERE id = :id;
