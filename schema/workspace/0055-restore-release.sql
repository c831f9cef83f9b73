-- 0055-restore-release.sql: where the operator wants it, people of his release an order before it is carried out.

-- how many people of the operator's must release it; 0: nobody was asked
ALTER TABLE restore_order ADD COLUMN release_need int NOT NULL DEFAULT 0;
-- how many have
ALTER TABLE restore_order ADD COLUMN release_given int NOT NULL DEFAULT 0;
-- since when it waits for them; NULL: it does not
ALTER TABLE restore_order ADD COLUMN waits_at instant;
-- why they refused it, in their words; '' when they did not
ALTER TABLE restore_order ADD COLUMN refuse_reason text(200) NOT NULL DEFAULT '';
