-- schema: system
-- charge.sql: the price table, incidents, and what was ordered.

-- price_now :one
-- what one thing costs: the highest version that counts already
SELECT price_version, net, vat_percent, currency
  FROM price WHERE charge_item = :charge_item AND valid_at <= :valid_at
 ORDER BY price_version DESC LIMIT 1;

-- price_highest :list(2)
-- the last version that was made, whether it counts already or not
SELECT price_version, charge_item, net, vat_percent
  FROM price WHERE price_version = (SELECT max(price_version) FROM price) ORDER BY charge_item;

-- price_list :list(400)
-- all versions, the newest first, each with its two items
SELECT price_version, charge_item, net, vat_percent, currency, valid_at, made_at
  FROM price ORDER BY price_version DESC, charge_item LIMIT 400;

-- price_insert :change
-- one item of a new version
INSERT INTO price (id, price_version, charge_item, net, vat_percent, currency, valid_at, made_at, made_user_id)
VALUES (:id, :price_version, :charge_item, :net, :vat_percent, :currency, :valid_at, :made_at, :made_user_id);

-- incident_covering :maybe
-- an incident that makes free what this workspace orders now
SELECT id FROM incident
 WHERE (workspace_number IS NULL OR workspace_number = :workspace_number)
   AND begins_at <= :begins_at AND (ends_at IS NULL OR ends_at >= :ends_at)
 ORDER BY id LIMIT 1;

-- incident_insert :change
-- declared
INSERT INTO incident (id, workspace_number, begins_at, incident_text, made_at, made_user_id)
VALUES (:id, :workspace_number, :begins_at, :incident_text, :made_at, :made_user_id);

-- incident_find :maybe
-- one of them
SELECT i.id, i.workspace_number, w.slug, i.begins_at, i.ends_at, i.incident_text, i.version
  FROM incident i LEFT JOIN workspace w ON w.id = i.workspace_number WHERE i.id = :incident_id;

-- incident_end :change
-- it is over
UPDATE incident SET ends_at = :ends_at, version = version + 1 WHERE id = :id AND version = :version;

-- incident_list :list(200)
-- all of them, the newest first
SELECT i.id, i.workspace_number, w.slug, i.begins_at, i.ends_at, i.incident_text, i.version
  FROM incident i LEFT JOIN workspace w ON w.id = i.workspace_number ORDER BY i.id DESC LIMIT 200;

-- charge_workspace :maybe
-- who orders: an agency that there is
SELECT id AS workspace_id, slug FROM workspace WHERE id = :workspace_id;

-- charge_workspace_named :maybe
-- the same by its name
SELECT id AS workspace_id, slug FROM workspace WHERE slug = :slug;

-- charge_by_order :maybe
-- one order of a workspace
SELECT id FROM charge WHERE workspace_number = :workspace_number AND order_key = :order_key;

-- charge_find :maybe
-- one charge
SELECT id, workspace_number, order_key, slug, charge_item, price_version, net, vat_percent, vat, total, currency,
       charge_reason, incident_id, ordered_login, ordered_at, done_at, billed_at, waived_at, waive_reason, version
  FROM charge WHERE id = :id;

-- charge_insert :change
-- an order, with the price that was shown
INSERT INTO charge (id, workspace_number, order_key, slug, charge_item, price_version, net, vat_percent, vat, total,
                    currency, charge_reason, incident_id, ordered_login, ordered_at, waive_reason)
VALUES (:id, :workspace_number, :order_key, :slug, :charge_item, :price_version, :net, :vat_percent, :vat, :total,
        :currency, :charge_reason, :incident_id, :ordered_login, :ordered_at, '');

-- charge_latest :list(100)
-- one page of them, the newest first
SELECT id FROM charge ORDER BY id DESC LIMIT 100 OFFSET :skip_count;

-- charge_sums :one
-- how many there are, and what waits to be billed
SELECT count(*) AS all_count,
       coalesce(sum(CASE WHEN total > 0 AND done_at IS NOT NULL AND billed_at IS NULL AND waived_at IS NULL THEN 1 ELSE 0 END), 0) AS open_count,
       coalesce(sum(CASE WHEN done_at IS NOT NULL AND billed_at IS NULL AND waived_at IS NULL THEN total ELSE 0 END), 0) AS open_total
  FROM charge;

-- charge_places :list(20000)
-- whom an incident may strike
SELECT slug, workspace_name FROM workspace ORDER BY workspace_name, id;

-- charge_settle :change
-- carried out, billed or let go
UPDATE charge SET done_at = :done_at, billed_at = :billed_at, waived_at = :waived_at, waive_reason = :waive_reason,
       version = version + 1
 WHERE id = :id AND version = :version;

-- charge_stale :list(100)
-- orders of which nothing comes any more: nobody said how they ended, or the end of their workspace was ordered
SELECT c.id, c.ordered_at FROM charge c LEFT JOIN workspace_end e ON e.workspace_id = c.workspace_number
 WHERE c.done_at IS NULL AND c.billed_at IS NULL AND c.waived_at IS NULL
   AND (c.ordered_at < :ordered_at OR e.wanted_at IS NOT NULL)
 ORDER BY c.id LIMIT 100;

-- charge_page :list(100)
-- charges behind one, the oldest first; workspace 0: of all, status 0: in every one
SELECT id FROM charge
 WHERE id > :after_count AND (:workspace_number = 0 OR workspace_number = :workspace_number)
   AND (:status_count = 0
        OR :status_count = CASE WHEN waived_at IS NOT NULL THEN 4 WHEN billed_at IS NOT NULL THEN 3
                                WHEN done_at IS NOT NULL THEN 2 ELSE 1 END)
 ORDER BY id LIMIT 100;
