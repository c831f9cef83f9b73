-- The demo reads what there is; it writes through the verbs of other domains only.

-- demo_is_filled :one
-- how many companies there are already
SELECT count(*) AS company_count FROM company;

-- demo_people :list(50)
-- who can book times
SELECT id AS user_id FROM "user" WHERE user_state = 2 OR user_state = 1 ORDER BY id LIMIT 50;
