-- 0038-project-plan.sql: the head of the list of projects counts how many there are and how many are
-- above their plan; this index answers both without reading the rows.

CREATE INDEX project_by_plan
    ON project (status, planned_minutes, needed_minutes, is_template, responsible_user_id);
