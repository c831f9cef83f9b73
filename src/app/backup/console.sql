-- schema: system
-- console.sql: what the operators' pages show of backups: numbers and states, never content.

-- console_night :one
-- how last night went for all workspaces but those that are just being made or have ended
SELECT count(*) AS all_count,
       coalesce(sum(CASE WHEN d.good_at >= :good_at THEN 1 ELSE 0 END), 0) AS good_count,
       coalesce(sum(CASE WHEN d.drilled_at >= :good_at AND d.drill_fault = '' THEN 1 ELSE 0 END), 0) AS drilled_count,
       coalesce(sum(CASE WHEN d.drill_fault <> '' THEN 1 ELSE 0 END), 0) AS undrilled_count,
       max(d.good_at) AS last_at
  FROM workspace w LEFT JOIN backup_duty d ON d.workspace_number = w.id
       LEFT JOIN workspace_end e ON e.workspace_id = w.id
 WHERE w.workspace_state <> 2 AND e.wanted_at IS NULL;

-- console_copied :one
-- of how many workspaces a good state of this night has a second copy, and whether doctor found all on one medium
SELECT count(DISTINCT s.workspace_number) AS copied_count,
       (SELECT count(*) FROM health WHERE finding_key = 'backup.targets' AND finding_state = 3) AS single_count
  FROM backup_state s JOIN backup_copy c ON c.backup_state_id = s.id
 WHERE s.workspace_number > 0 AND s.backup_origin = 1 AND s.completed_at >= :completed_at
   AND c.copy_state = 1 AND c.target_name <> 'backup'
   AND NOT EXISTS (SELECT 1 FROM workspace_end e
                    WHERE e.workspace_id = s.workspace_number AND e.wanted_at IS NOT NULL);

-- console_oldest :one
-- the oldest good state of all, and how much all of them are
SELECT min(day) AS oldest_day, coalesce(sum(size_bytes), 0) AS bytes_count
  FROM backup_state WHERE backup_origin = 1;

-- console_rows :list(100)
-- one page of those workspaces with how each stands
SELECT w.id AS workspace_id, w.slug, w.workspace_name, w.created_at, d.good_at, d.fault, d.drilled_at, d.drill_fault,
       d.signed_at, d.drilled_stamp, d.row_count,
       (SELECT min(s.completed_at) FROM backup_state s WHERE s.workspace_number = w.id) AS first_completed_at,
       (SELECT s.size_bytes FROM backup_state s WHERE s.workspace_number = w.id AND s.backup_origin = 1
         ORDER BY s.stamp DESC LIMIT 1) AS size_bytes,
       (SELECT count(*) FROM backup_copy c
         WHERE c.copy_state = 1 AND c.backup_state_id =
               (SELECT s.id FROM backup_state s WHERE s.workspace_number = w.id AND s.backup_origin = 1
                 ORDER BY s.stamp DESC LIMIT 1)) AS copy_count
  FROM workspace w LEFT JOIN backup_duty d ON d.workspace_number = w.id
       LEFT JOIN workspace_end e ON e.workspace_id = w.id
 WHERE w.workspace_state <> 2 AND e.wanted_at IS NULL ORDER BY w.id LIMIT 100 OFFSET :skip_count;

-- console_week :list(2000)
-- the best state of each day of these workspaces: 1 good at the first attempt, 2 good, 3 not read yet, 4 damaged
SELECT workspace_number, day,
       min(CASE WHEN backup_origin = 1 AND try_count <= 1 THEN 1 WHEN backup_origin = 1 THEN 2
                WHEN backup_origin = 2 THEN 3 ELSE 4 END) AS best_count
  FROM backup_state
 WHERE workspace_number >= :first_count AND workspace_number <= :last_count AND day >= :since_day
 GROUP BY workspace_number, day ORDER BY workspace_number, day;

-- console_workspace :one
-- whose states are shown
SELECT workspace_name, slug FROM workspace WHERE id = :workspace_id;
