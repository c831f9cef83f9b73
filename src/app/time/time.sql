-- time.sql: entries, timers and categories.

-- time_find :one
-- one entry with what its rules need
SELECT id, project_id, user_id, category_id, day, minutes, raw_minutes, free_input, from_clock,
       to_clock, note, billable, invoiced, created_at, changed_at, version
FROM time_entry WHERE id = :id;

-- time_insert :run
-- books one entry
INSERT INTO time_entry (id, project_id, user_id, category_id, day, minutes, raw_minutes, free_input,
                        from_clock, to_clock, note, note_fold, billable, invoiced, via_api,
                        created_user_id, created_at, changed_at, version)
VALUES (:id, :project_id, :user_id, :category_id, :day, :minutes, :raw_minutes, :free_input,
        :from_clock, :to_clock, :note, :note_fold, :billable, 0, 0, :created_user_id, :created_at,
        :changed_at, 1);

-- time_update :change
-- changes one entry
UPDATE time_entry
SET project_id = :project_id, category_id = :category_id, day = :day, minutes = :minutes,
    raw_minutes = :raw_minutes, free_input = :free_input, from_clock = :from_clock,
    to_clock = :to_clock, note = :note, note_fold = :note_fold, billable = :billable,
    changed_at = :changed_at, version = version + 1
WHERE id = :id AND version = :version;

-- time_delete :change
-- removes one entry; the audit keeps what it was
DELETE FROM time_entry WHERE id = :id AND invoiced = 0;

-- time_sum_of_day :one
-- what one person has on one day beside one entry (-1: beside none; an id of 0 would be NULL)
SELECT coalesce(sum(minutes), 0) AS total_minutes
FROM time_entry WHERE user_id = :user_id AND day = :day AND id <> :but_time_entry_id;

-- time_sums :list
-- sums of a stretch of days of one person
SELECT day, sum(minutes) AS total_minutes,
       coalesce(sum(CASE WHEN billable = 1 THEN minutes END), 0) AS billable_minutes
FROM time_entry WHERE user_id = :user_id AND day >= :from_day AND day <= :to_day
GROUP BY day ORDER BY day;

-- time_of_day :list(500)
-- what one person booked on one day, in the order of the clock, then as written
SELECT e.id, e.project_id, e.category_id, e.minutes, e.raw_minutes, e.from_clock, e.to_clock, e.note,
       e.billable, e.invoiced, p.name AS project_name_text, p.project_no, c.name AS company_name_text,
       k.name AS category_name_text
FROM time_entry e JOIN project p ON p.id = e.project_id JOIN company c ON c.id = p.company_id
     JOIN category k ON k.id = e.category_id
WHERE e.user_id = :user_id AND e.day = :day
ORDER BY e.from_clock NULLS LAST, e.id;

-- time_of_week :list(2000)
-- what one person booked in a stretch of days, for the grid of the week
SELECT e.project_id, e.category_id, e.day, sum(e.minutes) AS total_minutes, count(*) AS entry_count,
       max(e.id) AS last_time_entry_id, max(e.invoiced) AS invoiced_flag,
       min(CASE WHEN p.status = 0 AND p.is_template = 0 AND k.active = 1 THEN 1 ELSE 0 END) AS open_flag,
       p.name AS project_name_text, c.name AS company_name_text, k.name AS category_name_text
FROM time_entry e JOIN project p ON p.id = e.project_id JOIN company c ON c.id = p.company_id
     JOIN category k ON k.id = e.category_id
WHERE e.user_id = :user_id AND e.day >= :from_day AND e.day <= :to_day
GROUP BY e.project_id, e.category_id, e.day, p.name, c.name, k.name
ORDER BY p.name, e.project_id, k.name, e.category_id, e.day;

-- time_of_project :list(51)
-- the times of one project that a filter finds, the youngest first; a page and one row more. What is
-- skipped is not joined. billing: 1 to be billed, 2 internal, 3 invoiced
SELECT e.id, e.user_id, e.day, e.minutes, e.from_clock, e.to_clock, e.note, e.billable, e.invoiced,
       k.name AS category_name_text, u.first_name, u.last_name
FROM (SELECT t.id FROM time_entry t
       WHERE t.project_id = :project_id AND (:all_flag = 1 OR t.user_id = :user_id)
         AND (:by_user_id IS NULL OR t.user_id = :by_user_id)
         AND (:category_id IS NULL OR t.category_id = :category_id)
         AND (:from_day IS NULL OR t.day >= :from_day)
         AND (:to_day IS NULL OR t.day <= :to_day)
         AND (:billing_count IS NULL
              OR CASE WHEN t.invoiced = 1 THEN 3 WHEN t.billable = 1 THEN 1 ELSE 2 END = :billing_count)
         AND (:pattern_text IS NULL OR coalesce(t.note_fold, t.note) LIKE :pattern_text ESCAPE '\')
       ORDER BY t.day DESC, t.id DESC LIMIT 51 OFFSET :skip_count) AS shown
     JOIN time_entry e ON e.id = shown.id
     JOIN category k ON k.id = e.category_id JOIN "user" u ON u.id = e.user_id
ORDER BY e.day DESC, e.id DESC;

-- time_sum_of_project :one
-- what the same filter finds in all: how many, how long, and how much of it is billed to the customer
SELECT count(*) AS entry_count, coalesce(sum(minutes), 0) AS total_minutes,
       coalesce(sum(CASE WHEN billable = 1 THEN minutes END), 0) AS billable_minutes
FROM time_entry t
WHERE t.project_id = :project_id AND (:all_flag = 1 OR t.user_id = :user_id)
  AND (:by_user_id IS NULL OR t.user_id = :by_user_id)
  AND (:category_id IS NULL OR t.category_id = :category_id)
  AND (:from_day IS NULL OR t.day >= :from_day)
  AND (:to_day IS NULL OR t.day <= :to_day)
  AND (:billing_count IS NULL
       OR CASE WHEN t.invoiced = 1 THEN 3 WHEN t.billable = 1 THEN 1 ELSE 2 END = :billing_count)
  AND (:pattern_text IS NULL OR coalesce(t.note_fold, t.note) LIKE :pattern_text ESCAPE '\');

-- time_statement :each
-- the same, the oldest first, for the statement of hours and the spreadsheet
SELECT e.id, e.day, e.minutes, e.from_clock, e.to_clock, e.note, e.billable, e.invoiced,
       k.name AS category_name_text, u.first_name, u.last_name
FROM (SELECT t.id FROM time_entry t
       WHERE t.project_id = :project_id AND (:all_flag = 1 OR t.user_id = :user_id)
         AND (:by_user_id IS NULL OR t.user_id = :by_user_id)
         AND (:category_id IS NULL OR t.category_id = :category_id)
         AND (:from_day IS NULL OR t.day >= :from_day)
         AND (:to_day IS NULL OR t.day <= :to_day)
         AND (:billing_count IS NULL
              OR CASE WHEN t.invoiced = 1 THEN 3 WHEN t.billable = 1 THEN 1 ELSE 2 END = :billing_count)
         AND (:pattern_text IS NULL OR coalesce(t.note_fold, t.note) LIKE :pattern_text ESCAPE '\')
       ORDER BY t.day, t.id LIMIT :limit_count) AS shown
     JOIN time_entry e ON e.id = shown.id
     JOIN category k ON k.id = e.category_id JOIN "user" u ON u.id = e.user_id
ORDER BY e.day, e.id;

-- time_people :list(200)
-- whose times there may be, for the filter
SELECT id AS user_id, first_name, last_name FROM "user" ORDER BY name_key, id LIMIT 200;

-- time_recent :list(8)
-- what one person booked lately: project and category, for "last used"
SELECT e.project_id, e.category_id, max(e.id) AS last_time_entry_id, p.name AS project_name_text,
       c.name AS company_name_text, k.name AS category_name_text, k.billable
FROM time_entry e JOIN project p ON p.id = e.project_id JOIN company c ON c.id = p.company_id
     JOIN category k ON k.id = e.category_id
WHERE e.user_id = :user_id AND e.day >= :since_day AND p.status = 0 AND p.active = 1 AND k.active = 1
GROUP BY e.project_id, e.category_id, p.name, c.name, k.name, k.billable
ORDER BY last_time_entry_id DESC LIMIT 8;

-- time_person :maybe
-- a person's name and weekly target
SELECT id AS user_id, first_name, last_name, week_minutes FROM "user" WHERE id = :user_id;

-- time_category :maybe
-- what the rules ask of a category
SELECT name, active, company_id, billable FROM category WHERE id = :id;

-- time_project_company :maybe
-- whose project it is
SELECT company_id FROM project WHERE id = :id;

-- time_owner :maybe
-- for the scope check
SELECT user_id, invoiced FROM time_entry WHERE id = :id;

-- timer_insert :run
-- starts a timer
INSERT INTO timer (id, user_id, project_id, category_id, note, billable, begun_at, started_at,
                   kept_us, version)
VALUES (:id, :user_id, :project_id, :category_id, :note, :billable, :begun_at, :started_at, 0, 1);

-- timer_find :one
-- one timer
SELECT id, user_id, project_id, category_id, note, billable, begun_at, started_at, kept_us, version
FROM timer WHERE id = :id;

-- timer_owner :maybe
-- for the scope check
SELECT user_id FROM timer WHERE id = :id;

-- timer_count :one
-- how many one person has
SELECT count(*) AS timer_count FROM timer WHERE user_id = :user_id;

-- timer_of_user :list(50)
-- one person's timers, running ones first
SELECT t.id, t.project_id, t.category_id, t.note, t.billable, t.begun_at, t.started_at, t.kept_us,
       p.name AS project_name_text, c.name AS company_name_text, k.name AS category_name_text
FROM timer t JOIN project p ON p.id = t.project_id JOIN company c ON c.id = p.company_id
     LEFT JOIN category k ON k.id = t.category_id
WHERE t.user_id = :user_id
ORDER BY CASE WHEN t.started_at IS NULL THEN 1 ELSE 0 END, t.id DESC LIMIT 50;

-- timer_set :change
-- starts or stops the stretch that runs
UPDATE timer SET started_at = :started_at, kept_us = :kept_us, version = version + 1
WHERE id = :id AND version = :version;

-- timer_end :change
-- booked or dropped
DELETE FROM timer WHERE id = :id;

-- category_list :list
-- all categories with their groups, in their order
SELECT k.id, k.sort_no, k.name, k.category_group_id, k.active, k.company_id, k.rate, k.billable,
       k.price_group, k.version, g.name AS group_name_text, c.name AS company_name_text
FROM category k LEFT JOIN category_group g ON g.id = k.category_group_id
     LEFT JOIN company c ON c.id = k.company_id
ORDER BY k.sort_no, k.id;

-- category_find :one
-- one category
SELECT k.id, k.sort_no, k.name, k.category_group_id, k.active, k.company_id, k.rate, k.billable,
       k.price_group, k.version, g.name AS group_name_text
FROM category k LEFT JOIN category_group g ON g.id = k.category_group_id WHERE k.id = :id;

-- category_insert :run
-- adds a category
INSERT INTO category (id, sort_no, name, category_group_id, active, company_id, rate, price_group,
                      billable, created_at, version)
VALUES (:id, :sort_no, :name, :category_group_id, :active, :company_id, :rate, :price_group, :billable,
        :created_at, 1);

-- category_update :change
-- changes a category
UPDATE category
SET sort_no = :sort_no, name = :name, category_group_id = :category_group_id, active = :active,
    rate = :rate, billable = :billable, company_id = :company_id, price_group = :price_group,
    version = version + 1
WHERE id = :id AND version = :version;

-- category_rebind :run
-- those of one company become those of another one
-- unversioned: because the company they are bound to is what it was, under another number
UPDATE category SET company_id = :company_id, version = version + 1
WHERE company_id = :old_company_id;

-- category_group_find :maybe
-- a group by its folded name
SELECT id FROM category_group WHERE name_key = :name_key;

-- category_group_insert :run
-- adds a group
INSERT INTO category_group (id, name, name_key) VALUES (:id, :name, :name_key);
