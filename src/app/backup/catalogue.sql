-- schema: system
-- catalogue.sql: the states of all workspaces, their copies, and how each workspace stands.

-- backup_state_find :maybe
-- one state of a workspace
SELECT id, workspace_number, stamp, completed_at, backup_origin, size_bytes, content_hash,
       verified_at, tombstone_at, pin, pinned_at, pinned_until, pin_reason, version
  FROM backup_state WHERE workspace_number = :workspace_number AND stamp = :stamp;

-- backup_state_list :list(4096)
-- all states of a workspace, oldest first
SELECT id, workspace_number, stamp, completed_at, day, backup_origin, size_bytes, content_hash,
       verified_at, tombstone_at, pin, pinned_at, pinned_until, pin_reason, try_count, version
  FROM backup_state WHERE workspace_number = :workspace_number ORDER BY completed_at, id;

-- backup_state_insert :change
-- a state that is new here
INSERT INTO backup_state (id, workspace_number, stamp, completed_at, day, utc_offset,
                          backup_origin, size_bytes, content_hash, verified_at, try_count)
VALUES (:id, :workspace_number, :stamp, :completed_at, :day, :utc_offset, :backup_origin,
        :size_bytes, :content_hash, :verified_at, :try_count);

-- backup_state_judge :change
-- what a reading of it showed
UPDATE backup_state
   SET backup_origin = :backup_origin, size_bytes = :size_bytes, content_hash = :content_hash,
       verified_at = :verified_at, version = version + 1
 WHERE id = :id AND version = :version;

-- backup_state_repair :change
-- it was made anew from a copy
UPDATE backup_state SET repaired_at = :repaired_at, version = version + 1
 WHERE id = :id AND version = :version;

-- backup_state_check :run
-- a reading of it begins; NULL: one is wanted at once
-- unversioned: because it goes with the change of the same row, or is nobody's to see
UPDATE backup_state SET checked_at = :checked_at WHERE id = :id;

-- backup_state_mark :change
-- it is to go since then, or is wanted after all
UPDATE backup_state SET tombstone_at = :tombstone_at, version = version + 1
 WHERE id = :id AND version = :version;

-- backup_ahead :list(4096)
-- states of a time that is not yet, and when the next one that is not was made behind each
SELECT s.id, s.workspace_number, s.stamp, s.backup_origin, s.size_bytes, s.content_hash, s.version,
       (SELECT min(n.completed_at) FROM backup_state n
         WHERE n.workspace_number = s.workspace_number AND n.id > s.id
           AND n.completed_at <= :completed_at) AS next_at
  FROM backup_state s WHERE s.completed_at > :completed_at ORDER BY s.id;

-- backup_state_date :change
-- of what time it is, when its name says a wrong one
UPDATE backup_state SET completed_at = :completed_at, day = :day, utc_offset = :utc_offset,
       version = version + 1
 WHERE id = :id AND version = :version;

-- backup_state_pin :change
-- what holds it, or that nothing does
UPDATE backup_state
   SET pin = :pin, pinned_at = :pinned_at, pinned_until = :pinned_until, pin_reason = :pin_reason,
       version = version + 1
 WHERE id = :id AND version = :version;

-- backup_state_drop :change
-- it is unlinked, its copies are
DELETE FROM backup_state WHERE id = :id;

-- backup_copy_drop :run
-- of a state that goes
DELETE FROM backup_copy WHERE backup_state_id = :backup_state_id;

-- backup_copy_forget :run
-- of a workspace, in places that kontor.conf does not name any more
DELETE FROM backup_copy
 WHERE target_name <> 'backup' AND target_name <> :first_target_name
   AND target_name <> :second_target_name AND target_name <> :third_target_name
   AND backup_state_id IN (SELECT id FROM backup_state WHERE workspace_number = :workspace_number);

-- backup_copy_displace :run
-- of all workspaces, in a target that is in another place now
UPDATE backup_copy SET copy_state = 3, fault = 'missing'
 WHERE target_name = :target_name AND copy_state <> 3;

-- backup_place_find :maybe
-- where a target was
SELECT id, place_mark FROM backup_place WHERE target_name = :target_name;

-- backup_place_insert :change
-- a target that is new
INSERT INTO backup_place (id, target_name, place_mark) VALUES (:id, :target_name, :place_mark);

-- backup_place_change :change
-- it is elsewhere
UPDATE backup_place SET place_mark = :place_mark WHERE id = :id;

-- backup_copy_goes :run
-- of a state whose files go now: nobody counts on one of them before it was read again
UPDATE backup_copy SET copy_state = 2 WHERE backup_state_id = :backup_state_id;

-- backup_copy_find :maybe
-- one place of one state
SELECT id, copy_state, verified_at, fault FROM backup_copy
 WHERE backup_state_id = :backup_state_id AND target_name = :target_name;

-- backup_copy_insert :change
-- a place that is new
INSERT INTO backup_copy (id, backup_state_id, target_name, copy_state, verified_at, fault)
VALUES (:id, :backup_state_id, :target_name, :copy_state, :verified_at, :fault);

-- backup_copy_judge :change
-- what was found in that place
UPDATE backup_copy SET copy_state = :copy_state, verified_at = :verified_at, fault = :fault
 WHERE id = :id;

-- backup_copy_good :list(10)
-- where a state lies beside the folder itself, verified
SELECT target_name FROM backup_copy
 WHERE backup_state_id = :backup_state_id AND copy_state = 1 AND target_name <> 'backup'
 ORDER BY target_name;

-- backup_state_page :list(60)
-- the states of a workspace behind a stamp, oldest first
SELECT id, workspace_number, stamp, completed_at, day, backup_origin, size_bytes, content_hash,
       verified_at, tombstone_at, pin, pinned_at, pinned_until, pin_reason, version
  FROM backup_state WHERE workspace_number = :workspace_number AND stamp > :stamp
 ORDER BY stamp LIMIT 60;

-- backup_end_find :maybe
-- has this workspace ended?
SELECT workspace_id, wanted_at FROM workspace_end
 WHERE workspace_id = :workspace_id AND wanted_at IS NOT NULL;

-- backup_workspace_find :maybe
-- since when there is this workspace
SELECT id, created_at FROM workspace WHERE id = :workspace_id;

-- backup_copy_list :list(40000)
-- all places of all states of a workspace
SELECT c.id, c.backup_state_id, c.target_name, c.copy_state, c.verified_at, c.fault
  FROM backup_copy c JOIN backup_state s ON s.id = c.backup_state_id
 WHERE s.workspace_number = :workspace_number ORDER BY c.backup_state_id, c.target_name;

-- backup_duty_find :maybe
-- how a workspace stands
SELECT id, workspace_number, tried_at, good_at, try_count, fault, missed_days, believed_at, told_at,
       planned_at, drilled_at, drill_fault, version
  FROM backup_duty WHERE workspace_number = :workspace_number;

-- backup_duty_insert :change
-- a workspace that was never tried
INSERT INTO backup_duty (id, workspace_number) VALUES (:id, :workspace_number);

-- backup_duty_change :change
-- after an attempt
UPDATE backup_duty
   SET tried_at = :tried_at, good_at = :good_at, try_count = :try_count, fault = :fault,
       missed_days = :missed_days, believed_at = :believed_at, told_at = :told_at,
       planned_at = :planned_at, drilled_at = :drilled_at, drill_fault = :drill_fault,
       version = version + 1
 WHERE id = :id AND version = :version;

-- backup_duty_proved :run
-- what the drill signed
-- unversioned: because it goes with the change of the same row beside it
UPDATE backup_duty SET signed_at = :signed_at, drilled_stamp = :drilled_stamp, row_count = :row_count,
       people_count = :people_count
 WHERE id = :id;

-- backup_believe :run
-- when the clock was believed last
-- unversioned: because nobody edits it; the later one counts
UPDATE backup_duty SET believed_at = :believed_at WHERE workspace_number = 0;

-- backup_duty_page :list(300)
-- workspaces behind a number, but for those that are just being made; of one that has ended only
-- what is there is looked after
SELECT w.id AS workspace_id, d.tried_at, d.good_at, d.planned_at, d.drilled_at, e.wanted_at,
       coalesce((SELECT max(s.size_bytes) FROM backup_state s WHERE s.workspace_number = w.id), 0)
       AS bytes_count
  FROM workspace w LEFT JOIN backup_duty d ON d.workspace_number = w.id
       LEFT JOIN workspace_end e ON e.workspace_id = w.id
 WHERE w.id > :workspace_number AND w.workspace_state <> 2 ORDER BY w.id LIMIT 300;

-- backup_check_next :maybe
-- the state that wants to be read most: one that nobody has read, one that lacks a copy in a place
-- that is known, one that was not read for long; and one that is not whole, as long as there may be
-- a copy. Whatever came of it, each of them once a day, so that none stands in the way of others
SELECT s.stamp FROM backup_state s
 WHERE s.workspace_number = :workspace_number
   AND (s.checked_at IS NULL OR s.checked_at < :lately_checked_at OR s.checked_at > :now_checked_at)
   AND (s.backup_origin = 2
        OR (EXISTS (SELECT 1 FROM backup_copy h WHERE h.backup_state_id = s.id
                       AND h.target_name = 'backup' AND h.copy_state <> 1)
            AND EXISTS (SELECT 1 FROM backup_copy c WHERE c.backup_state_id = s.id
                           AND c.target_name <> 'backup'))
        OR (s.backup_origin = 1
            AND (s.verified_at < :long_verified_at
                 OR (s.verified_at < :lately_verified_at
                     AND EXISTS (SELECT 1 FROM backup_copy c
                                  WHERE c.backup_state_id = s.id
                                    AND (c.copy_state <> 1 OR c.fault <> ''))))))
 ORDER BY CASE s.backup_origin WHEN 2 THEN 0 ELSE 1 END, s.checked_at, s.verified_at, s.stamp
 LIMIT 1;

-- backup_health :list(20000)
-- how old each workspace's newest good state is, and its newest drill; since when there are states
SELECT w.id AS workspace_id, w.slug, w.created_at, d.good_at, d.fault, d.drill_fault, d.drilled_at,
       (SELECT min(s.completed_at) FROM backup_state s WHERE s.workspace_number = w.id)
       AS first_completed_at
  FROM workspace w LEFT JOIN backup_duty d ON d.workspace_number = w.id
       LEFT JOIN workspace_end e ON e.workspace_id = w.id
 WHERE w.workspace_state <> 2 AND e.wanted_at IS NULL ORDER BY w.id;

-- backup_state_first :one
-- since when a workspace has states
SELECT min(completed_at) AS first_completed_at FROM backup_state
 WHERE workspace_number = :workspace_number;

-- backup_copy_lacking :list(100)
-- how many states that stay have no copy in which place that could be verified lately, and why
SELECT c.target_name, c.fault, count(*) AS state_count
  FROM backup_copy c JOIN backup_state s ON s.id = c.backup_state_id
 WHERE (c.copy_state <> 1 OR c.fault <> '') AND s.tombstone_at IS NULL
 GROUP BY c.target_name, c.fault ORDER BY c.target_name, c.fault;

-- backup_damaged :one
-- how many states are known to be damaged
SELECT count(*) AS state_count FROM backup_state WHERE backup_origin = 3;

-- backup_repaired :one
-- how many were made anew from a copy since then
SELECT count(*) AS state_count FROM backup_state WHERE repaired_at >= :since_repaired_at;

-- backup_operators :list
-- who is told
SELECT id FROM "user" WHERE user_state = 2 ORDER BY id;
