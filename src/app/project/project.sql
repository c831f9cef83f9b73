-- Statements of projects. Visibility is :all_flag (the right to see every project) or being responsible
-- or assigned; it stands in every statement that shows projects to people.

-- project_full :maybe
-- one project with the names it shows
SELECT p.id AS project_id, p.project_no, p.project_no_addition, p.name, p.company_id, p.person_id,
       p.responsible_user_id, p.created_user_id, p.start_day, p.end_day, p.status, p.finance_status,
       p.active, p.recurrence, p.planned_minutes, p.needed_minutes, p.rate, p.department_no,
       p.is_template, p.quick_info, p.info, p.tags, p.contract_no, p.purchase_order_no, p.via_api,
       p.created_at, p.changed_at, p.version,
       c.name AS company_name, n.first_name AS person_first_name, n.last_name AS person_last_name,
       u.first_name AS responsible_first_name, u.last_name AS responsible_last_name,
       g.name AS group_name
  FROM project p
  JOIN company c ON c.id = p.company_id
  JOIN person n ON n.id = p.person_id
  LEFT JOIN "user" u ON u.id = p.responsible_user_id
  LEFT JOIN project_group g ON g.id = p.project_group_id
 WHERE p.id = :project_id;

-- project_brief :maybe
-- what other domains ask of one project
SELECT p.id AS project_id, p.project_no, p.project_no_addition, p.name, p.company_id,
       c.name AS company_name, p.status, p.active, p.is_template, p.planned_minutes,
       p.needed_minutes, p.rate, p.start_day, p.end_day, u.first_name, u.last_name
  FROM project p
  JOIN company c ON c.id = p.company_id
  LEFT JOIN "user" u ON u.id = p.responsible_user_id
 WHERE p.id = :project_id;

-- project_seen :maybe
-- the project, when this person may see it
SELECT p.id AS project_id
  FROM project p
 WHERE p.id = :project_id
   AND (:all_flag = 1 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id));

-- project_insert :change
-- a new project
INSERT INTO project (id, project_no, project_no_addition, name, name_key, search_text, company_id,
                     person_id, responsible_user_id, created_user_id, start_day, end_day, active,
                     recurrence, planned_minutes, department_no, project_group_id, is_template,
                     quick_info, info, tags, contract_no, purchase_order_no, via_api, created_at,
                     changed_at)
VALUES (:project_id, :project_no, :project_no_addition, :name, :name_key, :search_text, :company_id,
        :person_id, :responsible_user_id, :created_user_id, :start_day, :end_day, :active,
        :recurrence, :planned_minutes, :department_no, :project_group_id, :is_template,
        :quick_info, :info, :tags, :contract_no, :purchase_order_no, :via_api, :created_at,
        :created_at);

-- project_update :change
-- the fields of the form; status, rate and people have statements of their own
UPDATE project
   SET project_no = :project_no, project_no_addition = :project_no_addition, name = :name,
       name_key = :name_key, search_text = :search_text, company_id = :company_id,
       person_id = :person_id, responsible_user_id = :responsible_user_id, start_day = :start_day,
       end_day = :end_day, active = :active, recurrence = :recurrence,
       planned_minutes = :planned_minutes, department_no = :department_no,
       project_group_id = :project_group_id, is_template = :is_template, quick_info = :quick_info,
       info = :info, tags = :tags, contract_no = :contract_no,
       purchase_order_no = :purchase_order_no, changed_at = :changed_at, version = version + 1
 WHERE id = :project_id AND version = :version;

-- project_update_status :change
-- the next (or, on purpose, an earlier) status
UPDATE project SET status = :status, changed_at = :changed_at, version = version + 1
 WHERE id = :project_id AND version = :version;

-- project_update_rate :change
-- the project's own hourly rate
UPDATE project SET rate = :rate, changed_at = :changed_at, version = version + 1
 WHERE id = :project_id AND version = :version;

-- project_bump :change
-- one more version, for a change of its people
UPDATE project SET changed_at = :changed_at, version = version + 1
 WHERE id = :project_id AND version = :version;

-- project_add_needed :change
-- keeps the sum of booked minutes
-- unversioned: because booking is no change of the project's own fields and must not make forms stale
UPDATE project SET needed_minutes = needed_minutes + :added_minutes WHERE id = :project_id;

-- project_sum_wrong :maybe
-- a project whose kept sum is not that of its entries
SELECT p.id AS project_id, p.needed_minutes, coalesce(sum(t.minutes), 0) AS total_minutes
  FROM project p LEFT JOIN time_entry t ON t.project_id = p.id
 GROUP BY p.id
HAVING p.needed_minutes <> coalesce(sum(t.minutes), 0)
 ORDER BY p.id LIMIT 1;

-- project_by_no :maybe
-- who has this number
SELECT id AS project_id FROM project WHERE project_no = :project_no;

-- project_no_known :maybe
-- a number that a project has or had, also one that went with a restore
SELECT project_no FROM project_number WHERE project_no = :project_no;

-- project_no_note :change
-- a project has this number from now on
INSERT INTO project_number (project_no, given_at) VALUES (:project_no, :given_at)
ON CONFLICT (project_no) DO UPDATE SET given_at = excluded.given_at;

-- project_no_note_of :run
-- the same of a project that came back out of a state
INSERT INTO project_number (project_no, given_at)
SELECT project_no, :given_at FROM project WHERE id = :project_id
ON CONFLICT (project_no) DO UPDATE SET given_at = excluded.given_at;

-- project_count_next :one
-- the next count of a scope of numbers; a new one begins behind what a rescue could not read
INSERT INTO project_counter (scope, given)
VALUES (:scope, 1 + coalesce((SELECT f.given FROM project_counter f WHERE f.scope = 'from'), 0))
ON CONFLICT (scope) DO UPDATE SET given = project_counter.given + 1
RETURNING given;

-- project_count_put :change
-- so far it counted
UPDATE project_counter SET given = :given WHERE scope = :scope;

-- project_person :maybe
-- the company of the customer's person
SELECT id AS person_id, company_id FROM person WHERE id = :person_id;

-- project_company :maybe
-- what a number is made of
SELECT id AS company_id, code FROM company WHERE id = :company_id;

-- project_user_name :maybe
-- an id of the history in words
SELECT first_name, last_name FROM "user" WHERE id = :user_id;

-- project_person_name :maybe
-- an id of the history in words
SELECT first_name, last_name FROM person WHERE id = :person_id;

-- project_company_name :maybe
-- an id of the history in words
SELECT name FROM company WHERE id = :company_id;

-- project_group_list :list(200)
-- the groups there are, as suggestions
SELECT name FROM project_group ORDER BY name_key LIMIT 200;

-- project_group_find :maybe
-- a group by its folded name
SELECT id AS project_group_id FROM project_group WHERE name_key = :name_key;

-- project_group_insert :change
-- a new group
INSERT INTO project_group (id, name, name_key) VALUES (:project_group_id, :name, :name_key);

-- project_tag_drop :run
-- before the tags are written again
DELETE FROM project_tag WHERE project_id = :project_id;

-- project_tag_insert :run
-- one tag; the same tag twice is one
INSERT INTO project_tag (project_id, tag_key, tag) VALUES (:project_id, :tag_key, :tag)
ON CONFLICT (project_id, tag_key) DO NOTHING;

-- project_tag_choices :list(500)
-- every tag that is in use, for the filter
SELECT tag_key, min(tag) AS tag FROM project_tag GROUP BY tag_key ORDER BY tag_key LIMIT 500;

-- project_link_drop :run
-- before the links are written again
DELETE FROM project_link WHERE project_id = :project_id;

-- project_link_insert :change
-- one named link
INSERT INTO project_link (project_id, link_no, name, url)
VALUES (:project_id, :link_no, :name, :url);

-- project_links :list(5)
-- the named links in their order
SELECT link_no, name, url FROM project_link WHERE project_id = :project_id ORDER BY link_no;

-- project_user_drop :run
-- before the people are written again
DELETE FROM project_user WHERE project_id = :project_id;

-- project_user_insert :change
-- one person works on it
INSERT INTO project_user (project_id, user_id) VALUES (:project_id, :user_id);

-- project_users :list(500)
-- who is assigned, by name
SELECT m.user_id, u.first_name, u.last_name
  FROM project_user m JOIN "user" u ON u.id = m.user_id
 WHERE m.project_id = :project_id
 ORDER BY u.name_key, u.id;

-- project_people :list(1000)
-- who may be responsible or assigned: people who may sign in, and those who already are
SELECT u.id AS user_id, u.first_name, u.last_name,
       CASE WHEN EXISTS (SELECT 1 FROM project_user m
                          WHERE m.project_id = :project_id AND m.user_id = u.id)
            THEN 1 ELSE 0 END AS member_flag
  FROM "user" u
 WHERE u.user_state <> 3
    OR EXISTS (SELECT 1 FROM project_user m WHERE m.project_id = :project_id AND m.user_id = u.id)
    OR EXISTS (SELECT 1 FROM project p
                WHERE p.id = :project_id AND p.responsible_user_id = u.id)
 ORDER BY u.name_key, u.id;

-- project_leads :list(200)
-- who is responsible for any project, for the filter
SELECT u.id AS user_id, u.first_name, u.last_name
  FROM "user" u
 WHERE EXISTS (SELECT 1 FROM project p WHERE p.responsible_user_id = u.id)
 ORDER BY u.name_key, u.id LIMIT 200;

-- project_team_sums :list(500)
-- booked time of a project by person, the largest first
SELECT t.user_id, u.first_name, u.last_name, sum(t.minutes) AS total_minutes
  FROM time_entry t JOIN "user" u ON u.id = t.user_id
 WHERE t.project_id = :project_id
 GROUP BY t.user_id, u.first_name, u.last_name
 ORDER BY sum(t.minutes) DESC, t.user_id;

-- project_category_sums :list(500)
-- booked time of a project by kind of work, in the order of the categories
SELECT t.category_id, c.name, sum(t.minutes) AS total_minutes
  FROM time_entry t JOIN category c ON c.id = t.category_id
 WHERE t.project_id = :project_id
 GROUP BY t.category_id, c.name, c.sort_no
 ORDER BY c.sort_no, t.category_id;

-- project_last_day :one
-- when somebody last booked on it
SELECT max(day) AS last_day FROM time_entry WHERE project_id = :project_id;

-- project_page :list(100)
-- the list as it opens: one status, by name, so that an index gives the order; other choices filter
SELECT p.id AS project_id, p.project_no, p.name, p.company_id, c.name AS company_name,
       u.first_name, u.last_name, p.status, p.active, p.is_template, p.planned_minutes,
       p.needed_minutes, p.end_day
  FROM project p
  JOIN company c ON c.id = p.company_id
  LEFT JOIN "user" u ON u.id = p.responsible_user_id
 WHERE p.status = :wanted_status AND p.is_template = 0
   AND (:all_flag = 1 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id))
 ORDER BY p.name_key, p.id
 LIMIT :limit_count OFFSET :offset_count;

-- project_count_open :one
-- how many that list has, and how many of them are above their plan
SELECT count(*) AS total_count,
       coalesce(sum(CASE WHEN p.planned_minutes > 0 AND p.needed_minutes > p.planned_minutes
                         THEN 1 END), 0) AS over_count
  FROM project p
 WHERE p.status = :wanted_status AND p.is_template = 0
   AND (:all_flag = 1 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id));

-- project_search :list(100)
-- the list by any filter and order; light: 1 within the plan, 2 near it, 3 above it;
-- sort: 0 name, 1 number, 2 company, 3 end, 4 used share of the plan, 5 newest
SELECT p.id AS project_id, p.project_no, p.name, p.company_id, c.name AS company_name,
       u.first_name, u.last_name, p.status, p.active, p.is_template, p.planned_minutes,
       p.needed_minutes, p.end_day, count(*) OVER () AS total_count
  FROM project p
  JOIN company c ON c.id = p.company_id
  LEFT JOIN "user" u ON u.id = p.responsible_user_id
 WHERE (:all_flag = 1 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id))
   AND (:mine_flag = 0 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id))
   AND (:wanted_status IS NULL OR p.status = :wanted_status)
   AND (:resting_flag = 0 OR p.active = 0)
   AND p.is_template = :template_flag
   AND (:company_id IS NULL OR p.company_id = :company_id)
   AND (:responsible_user_id IS NULL OR p.responsible_user_id = :responsible_user_id)
   AND (:department_no IS NULL OR p.department_no = :department_no)
   AND (:assigned_user_id IS NULL
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :assigned_user_id))
   AND (:recurrence IS NULL OR p.recurrence = :recurrence)
   AND (:name_key IS NULL
        OR p.project_group_id = (SELECT g.id FROM project_group g WHERE g.name_key = :name_key))
   AND (:begin_from_day IS NULL OR p.start_day >= :begin_from_day)
   AND (:begin_to_day IS NULL OR p.start_day <= :begin_to_day)
   AND (:end_from_day IS NULL OR p.end_day >= :end_from_day)
   AND (:end_to_day IS NULL OR p.end_day <= :end_to_day)
   AND (:tag_key IS NULL
        OR EXISTS (SELECT 1 FROM project_tag g
                    WHERE g.tag_key = :tag_key AND g.project_id = p.id))
   AND (:pattern_text IS NULL OR p.search_text LIKE :pattern_text ESCAPE '\'
        OR c.search_text LIKE :pattern_text ESCAPE '\')
   AND (:idle_day IS NULL
        OR (p.start_day < :idle_day
            AND NOT EXISTS (SELECT 1 FROM time_entry t
                             WHERE t.project_id = p.id AND t.day >= :idle_day)))
   AND (:light_status IS NULL
        OR (p.planned_minutes > 0
            AND CASE WHEN p.needed_minutes > p.planned_minutes THEN 3
                     WHEN CAST(p.needed_minutes AS BIGINT) * 10000
                          >= CAST(p.planned_minutes AS BIGINT) * :budget_warn THEN 2
                     ELSE 1 END = :light_status))
 ORDER BY CASE WHEN :sort_status = 1 THEN p.project_no END,
          CASE WHEN :sort_status = 2 THEN c.name_key END,
          CASE WHEN :sort_status = 3 THEN coalesce(p.end_day, 999999) END,
          CASE WHEN :sort_status = 4 AND p.planned_minutes > 0
               THEN -(CAST(p.needed_minutes AS BIGINT) * 10000 / p.planned_minutes)
               WHEN :sort_status = 4 THEN 1 END,
          CASE WHEN :sort_status = 5 THEN -p.id END,
          p.name_key, p.id
 LIMIT :limit_count OFFSET :offset_count;

-- project_used :list(20)
-- what a person may book on and booked on last: out of their last 200 entries, the latest first
WITH used AS (SELECT l.project_id, max(l.id) AS last_count
                FROM (SELECT t.project_id, t.id FROM time_entry t
                       WHERE t.user_id = :user_id ORDER BY t.day DESC, t.id DESC LIMIT 200) AS l
               GROUP BY l.project_id)
SELECT p.id AS project_id, p.project_no, p.name, p.company_id, c.name AS company_name
  FROM used r
  JOIN project p ON p.id = r.project_id
  JOIN company c ON c.id = p.company_id
 WHERE p.status = 0 AND p.active = 1 AND p.is_template = 0
   AND (:all_flag = 1 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id))
 ORDER BY r.last_count DESC
 LIMIT 20;

-- project_bookable :list(2000)
-- what a person may book on, by company and name: read along the index of companies, so that it stops
-- at the limit (the order of the joins is meant)
SELECT p.id AS project_id, p.project_no, p.name, p.company_id, c.name AS company_name
  FROM company c
 CROSS JOIN project p
 WHERE p.company_id = c.id AND p.status = 0 AND p.active = 1 AND p.is_template = 0
   AND (:all_flag = 1 OR p.responsible_user_id = :user_id
        OR EXISTS (SELECT 1 FROM project_user m
                    WHERE m.project_id = p.id AND m.user_id = :user_id))
 ORDER BY c.name_key, p.name_key, p.id
 LIMIT :limit_count;
