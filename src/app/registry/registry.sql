-- schema: system
-- registry.sql: workspaces and their host names.

-- registry_add :change
-- a new workspace, not yet ready for browsers
INSERT INTO workspace (id, slug, workspace_name, workspace_state, created_at, version)
VALUES (:workspace_id, :slug, :workspace_name, :workspace_state, :created_at, 1);

-- registry_find :maybe
-- the workspace of a slug
SELECT w.id AS workspace_id, w.slug, w.workspace_name,
       CASE WHEN e.wanted_at IS NOT NULL THEN 4 ELSE w.workspace_state END AS workspace_state,
       w.version
FROM workspace w LEFT JOIN workspace_end e ON e.workspace_id = w.id WHERE w.slug = :slug;

-- registry_list :list(20000)
-- all workspaces by number; state 4: its end is ordered, or there
SELECT w.id AS workspace_id, w.slug, w.workspace_name,
       CASE WHEN e.wanted_at IS NOT NULL THEN 4 ELSE w.workspace_state END AS workspace_state
FROM workspace w LEFT JOIN workspace_end e ON e.workspace_id = w.id ORDER BY w.id;

-- registry_overview :list(100)
-- one page of the workspaces that are looked for, with what the console shows of them
SELECT w.id AS workspace_id, w.slug, w.workspace_name, w.workspace_state, w.created_at,
       d.good_at, d.drilled_at, d.drill_fault, d.people_count, e.wanted_at,
       (SELECT s.size_bytes FROM backup_state s WHERE s.workspace_number = w.id AND s.backup_origin = 1
         ORDER BY s.stamp DESC LIMIT 1) AS size_bytes
  FROM workspace w LEFT JOIN backup_duty d ON d.workspace_number = w.id
       LEFT JOIN workspace_end e ON e.workspace_id = w.id
 WHERE w.workspace_name LIKE :pattern_text ESCAPE '\' OR w.slug LIKE :pattern_text ESCAPE '\'
 ORDER BY w.id LIMIT 100 OFFSET :skip_count;

-- registry_found :one
-- how many are looked for
SELECT count(*) AS found_count FROM workspace w
 WHERE w.workspace_name LIKE :pattern_text ESCAPE '\' OR w.slug LIKE :pattern_text ESCAPE '\';

-- registry_totals :one
-- all of them in figures. Those that are just being made or have ended need no backup
SELECT count(*) AS all_count,
       coalesce(sum(CASE WHEN w.workspace_state = 1 AND e.wanted_at IS NULL THEN 1 ELSE 0 END), 0) AS active_count,
       coalesce(sum(CASE WHEN e.wanted_at IS NULL THEN d.people_count ELSE 0 END), 0) AS people_count,
       coalesce(sum(CASE WHEN w.workspace_state <> 2 AND e.wanted_at IS NULL THEN 1 ELSE 0 END), 0) AS due_count,
       coalesce(sum(CASE WHEN w.workspace_state <> 2 AND e.wanted_at IS NULL AND d.good_at >= :midnight_at
                         THEN 1 ELSE 0 END), 0) AS saved_count,
       coalesce(sum(CASE WHEN w.workspace_state <> 2 AND e.wanted_at IS NULL
                          AND coalesce(d.good_at, w.created_at) <= :late_at THEN 1 ELSE 0 END), 0) AS late_count,
       coalesce(sum(CASE WHEN w.workspace_state <> 2 AND e.wanted_at IS NULL
                          AND coalesce(d.good_at, w.created_at) <= :bad_at THEN 1 ELSE 0 END), 0) AS bad_count
  FROM workspace w LEFT JOIN backup_duty d ON d.workspace_number = w.id
       LEFT JOIN workspace_end e ON e.workspace_id = w.id;

-- registry_open_charges :one
-- orders that wait for the operator
SELECT count(*) AS open_count FROM charge WHERE total > 0 AND done_at IS NOT NULL AND billed_at IS NULL AND waived_at IS NULL;

-- registry_there :maybe
-- is there a workspace of this number?
SELECT id AS workspace_id FROM workspace WHERE id = :workspace_id;

-- registry_set_state :change
-- moves a workspace to another state
UPDATE workspace SET workspace_state = :workspace_state, version = version + 1
WHERE id = :workspace_id AND version = :version;

-- registry_host_list :list(50000)
-- further host names with their workspaces
SELECT h.host_name, w.id AS workspace_id, w.slug, w.workspace_name,
       CASE WHEN e.wanted_at IS NOT NULL THEN 4 ELSE w.workspace_state END AS workspace_state
FROM host h JOIN workspace w ON w.id = h.workspace_id
     LEFT JOIN workspace_end e ON e.workspace_id = w.id ORDER BY h.host_name;
