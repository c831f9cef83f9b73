-- The demo reads what there is; it writes through the verbs of other domains only.

-- demo_is_filled :one
-- how many companies there are already
SELECT count(*) AS company_count FROM company;

-- demo_people :list(50)
-- who can book times
SELECT id AS user_id FROM "user" WHERE user_state = 2 OR user_state = 1 ORDER BY id LIMIT 50;

-- demo_lines :each
-- what was filled in, as lines in a fixed order, for the digest: two runs shall have the same
SELECT l.kind_count, l.line_count + 0 AS line_count, l.line_text FROM (
    SELECT 1 AS kind_count, c.id AS line_count,
           c.name || '|' || c.code || '|' || c.status || '|' || c.tags || '|' || c.comments || '|' ||
           coalesce(c.rate, -1) || '|' || coalesce(c.payment_days, -1) AS line_text
    FROM company c
    UNION ALL
    SELECT 2, a.id, a.company_id || '|' || a.name1 || '|' || a.street || '|' || a.street_no || '|' ||
           a.postal_code || '|' || a.city || '|' || a.country || '|' || a.company_email || '|' ||
           a.company_phone || '|' || a.tax_no || '|' || a.ledger_no || '|' || a.iban || '|' ||
           a.reverse_charge || '|' || a.third_country
    FROM address a
    UNION ALL
    SELECT 3, p.id, p.company_id || '|' || p.address_id || '|' || p.title || '|' || p.first_name ||
           '|' || p.last_name || '|' || p.email || '|' || p.phone || '|' || p.mobile
    FROM person p
    UNION ALL
    SELECT 4, j.id, j.company_id || '|' || j.person_id || '|' || j.project_no || '|' || j.name || '|' ||
           j.status || '|' || j.active || '|' || coalesce(j.start_day, -1) || '|' ||
           coalesce(j.end_day, -1) || '|' || j.planned_minutes || '|' || j.needed_minutes || '|' ||
           coalesce(j.rate, -1) || '|' || j.quick_info || '|' || j.info || '|' || j.tags
    FROM project j
    UNION ALL
    SELECT 5, t.id, t.project_id || '|' || t.category_id || '|' || t.user_id || '|' || t.day || '|' ||
           t.minutes || '|' || t.raw_minutes || '|' || coalesce(t.from_clock, -1) || '|' ||
           coalesce(t.to_clock, -1) || '|' || t.note || '|' || t.billable
    FROM time_entry t
    UNION ALL
    SELECT 6, g.id, g.name || '|' || g.sort_no || '|' || g.active FROM category g
    UNION ALL
    SELECT 7, w.id, w.project_id || '|' || w.user_id || '|' || w.note || '|' || w.kept_us FROM timer w
) l ORDER BY l.kind_count, l.line_count;
