-- 0030-link-wish.sql: only links that somebody asked for without being signed in count against the three an hour. Which those
-- were is not written down before; links of these kinds without a maker are taken as such, so that the hour of the update is
-- not one without a bound.

-- made for a wish of somebody who was not signed in
ALTER TABLE link ADD COLUMN by_wish flag NOT NULL DEFAULT 0;
UPDATE link SET by_wish = 1 WHERE created_user_id IS NULL AND link_kind IN (2, 3);
