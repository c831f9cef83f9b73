-- The store's own statements: migrations that ran, and ids.

-- migration_list :list(10000)
-- every migration this database has been through, oldest first
SELECT migration_number, checksum FROM schema_migration ORDER BY migration_number;

-- migration_insert :change
-- one migration has run
INSERT INTO schema_migration (migration_number, checksum, applied_at)
VALUES (:migration_number, :checksum, :applied_at);

-- id_next :one
-- the next id of a table; the first one is 1
INSERT INTO id_counter (table_name, last_number) VALUES (:table_name, 1)
ON CONFLICT (table_name) DO UPDATE SET last_number = id_counter.last_number + 1
RETURNING last_number;
