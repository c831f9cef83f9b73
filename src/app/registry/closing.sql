-- schema: system
-- closing.sql: workspaces that are locked or have come to their end.

-- closing_find :maybe
-- how far the end of a workspace has come
SELECT workspace_id, locked_at, why, wanted_at, ended_at, file_count, byte_count, version
FROM workspace_end WHERE workspace_id = :workspace_id;

-- closing_insert :change
-- nobody gets in from now on
INSERT INTO workspace_end (workspace_id, locked_at, why) VALUES (:workspace_id, :locked_at, :why);

-- closing_drop :change
-- the lock is taken away
DELETE FROM workspace_end WHERE workspace_id = :workspace_id;

-- closing_change :change
-- its end was ordered, or is there
UPDATE workspace_end
   SET why = :why, wanted_at = :wanted_at, ended_at = :ended_at, file_count = :file_count,
       byte_count = :byte_count, version = version + 1
 WHERE workspace_id = :workspace_id AND version = :version;
