-- schema: system
-- release.sql: orders of customers that wait for people of the operator's.

-- release_charge :maybe
-- the order that a workspace names
SELECT id AS charge_id FROM charge
 WHERE workspace_number = :workspace_number AND order_key = :order_key;

-- release_of_charge :maybe
-- what is known of it here
SELECT id FROM restore_release WHERE charge_id = :charge_id;

-- release_find :maybe
-- one of them, with its order and its state; state_flag: that one is good and stays
SELECT r.id, r.charge_id, r.order_number, r.stamp, r.group_no, r.looked_at, r.amounts_text, r.asked_at, r.release_need,
       r.released_at, r.refused_at, r.refuse_reason, r.version, c.workspace_number, c.slug, c.charge_item, c.ordered_at,
       r.ended_at, r.is_done, w.workspace_name, s.completed_at, s.verified_at,
       CASE WHEN s.backup_origin = 1 AND s.tombstone_at IS NULL THEN 1 ELSE 0 END AS state_flag
  FROM restore_release r
  JOIN charge c ON c.id = r.charge_id
  LEFT JOIN workspace w ON w.id = c.workspace_number
  LEFT JOIN backup_state s ON s.workspace_number = c.workspace_number AND s.stamp = r.stamp
 WHERE r.id = :restore_release_id;

-- release_latest :list(100)
-- those that wait first, each the newest first
SELECT r.id AS restore_release_id
  FROM restore_release r
 ORDER BY CASE WHEN r.released_at IS NULL AND r.refused_at IS NULL AND r.ended_at IS NULL
               AND r.asked_at > :asked_at THEN 0 ELSE 1 END, r.id DESC LIMIT 100;

-- release_givers :list(10)
-- who has released it and may still sign in here
SELECT g.user_id, g.given_at, u.first_name, u.last_name, u.login
  FROM restore_release_given g JOIN "user" u ON u.id = g.user_id
 WHERE g.restore_release_id = :restore_release_id AND u.user_state = 2 ORDER BY g.id;

-- release_insert :change
-- an order that waits
INSERT INTO restore_release (id, charge_id, order_number, stamp, group_no, looked_at, amounts_text, asked_at,
    release_need, refuse_reason, told_version)
VALUES (:id, :charge_id, :order_number, :stamp, :group_no, :looked_at, :amounts_text, :asked_at, :release_need, '', 1);

-- release_given_insert :change
-- one person's leave
INSERT INTO restore_release_given (id, restore_release_id, user_id, given_at)
VALUES (:id, :restore_release_id, :user_id, :given_at);

-- release_change :change
-- it was released by one more, by the last one, or refused
UPDATE restore_release
   SET release_need = :release_need, released_at = :released_at, refused_at = :refused_at,
       refused_user_id = :refused_user_id, refuse_reason = :refuse_reason, version = version + 1
 WHERE id = :id AND version = :version;

-- release_untold :list(100)
-- what a workspace does not know yet, as long as its order is open
SELECT r.id, r.version, c.workspace_number
  FROM restore_release r JOIN charge c ON c.id = r.charge_id
 WHERE r.told_version < r.version AND r.ended_at IS NULL ORDER BY r.id LIMIT 100;

-- release_told :run
-- and now does
-- unversioned: because what is told is not what is decided
UPDATE restore_release SET told_version = :told_version WHERE id = :id AND told_version < :told_version;

-- release_end :run
-- the order is over
-- unversioned: because nothing is decided any more
UPDATE restore_release SET ended_at = :ended_at, is_done = :is_done WHERE charge_id = :charge_id AND ended_at IS NULL;

-- release_operators :list(200)
-- who may release: people who may sign in at the console
SELECT id AS user_id FROM "user" WHERE user_state = 2 ORDER BY id;
