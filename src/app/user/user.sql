-- user.sql: people as the administrators and they themselves see them. What proves who they are belongs
-- to guard/.

-- user_by_login :maybe
-- who has this log-in name, in any spelling
SELECT id, user_state FROM "user" WHERE login_fold = :login_fold;

-- user_find :one
-- one person
SELECT id, login, first_name, last_name, email, second_email, phone, group_no, right_plus, right_minus,
    user_state, lang, theme, keys_off, week_minutes, created_at, version
FROM "user" WHERE id = :id;

-- user_all :list(5000)
-- everybody, those who work here first
SELECT id, login, first_name, last_name, group_no, right_plus, right_minus, user_state,
    week_minutes, created_at
FROM "user" ORDER BY CASE user_state WHEN 3 THEN 1 ELSE 0 END, name_key, id;

-- user_state_count :one
-- how many are in one state
SELECT count(*) AS user_count FROM "user" WHERE user_state = :user_state;

-- user_heads_left :one
-- how many others of a group that rules are active
SELECT count(*) AS user_count FROM "user"
WHERE user_state = 2 AND group_no = :group_no AND id <> :id;

-- user_per_group :list
-- how many people each group has
SELECT group_no, count(*) AS user_count FROM "user" WHERE user_state <> 3
GROUP BY group_no ORDER BY group_no;

-- user_first_invited :maybe
-- the first person of an empty workspace, whose link was not taken yet
SELECT id FROM "user" WHERE user_state = 1 AND group_no = :group_no ORDER BY id LIMIT 1;

-- user_insert :change
-- a new person
INSERT INTO "user" (id, login, login_fold, first_name, last_name, name_key, email, phone, group_no,
    user_state, lang, week_minutes, created_at)
VALUES (:id, :login, :login_fold, :first_name, :last_name, :name_key, :email, :phone, :group_no,
    :user_state, :lang, :week_minutes, :created_at);

-- user_update :change
-- what administrators change
UPDATE "user" SET first_name = :first_name, last_name = :last_name, name_key = :name_key,
    email = :email, phone = :phone, week_minutes = :week_minutes, version = version + 1
WHERE id = :id AND version = :version;

-- user_update_own :change
-- what a person changes for herself
UPDATE "user" SET first_name = :first_name, last_name = :last_name, name_key = :name_key,
    phone = :phone, lang = :lang, theme = :theme, keys_off = :keys_off, version = version + 1
WHERE id = :id AND version = :version;

-- user_set_theme :change
-- the switch in the top bar
-- unversioned: because one press says all there is to say
UPDATE "user" SET theme = :theme WHERE id = :id;

-- user_set_group :change
-- another preset; single switches beside it begin anew
UPDATE "user" SET group_no = :group_no, right_plus = 0, right_minus = 0, version = version + 1
WHERE id = :id AND version = :version;

-- user_set_rights :change
-- single switches beside the preset
UPDATE "user" SET right_plus = :right_plus, right_minus = :right_minus, version = version + 1
WHERE id = :id AND version = :version;

-- user_set_second :change
-- the second address was confirmed, or goes
-- unversioned: because a link or one press says all there is to say
UPDATE "user" SET second_email = :second_email WHERE id = :id;

-- user_set_state :change
-- locked, or working again
-- unversioned: because a lock must hold whatever else was changed meanwhile
UPDATE "user" SET user_state = :user_state, version = version + 1 WHERE id = :id;

-- user_take_place :change
-- an invitation is taken: the person chooses a log-in name
-- unversioned: because nobody else can take this link
UPDATE "user" SET login = :login, login_fold = :login_fold, first_name = :first_name,
    last_name = :last_name, name_key = :name_key, lang = :lang, user_state = 2,
    version = version + 1
WHERE id = :id;
