-- 0003-more.sql: what later migrations do.

-- short form of the name
ALTER TABLE project ADD COLUMN short_name text(10) NOT NULL DEFAULT '';
DROP INDEX time_entry_day;
CREATE UNIQUE INDEX project_short ON project (short_name) WHERE short_name <> '';
UPDATE project SET short_name = 'K;''"' WHERE name = '-- no comment';

-- table group: a table whose name is a word of SQL
-- owner: thing
-- purpose: sample
-- retention: none
-- restore: content
CREATE TABLE "group" (
    group_no int NOT NULL,       -- number
    "limit" int NOT NULL,        -- a column whose name is one as well
    PRIMARY KEY (group_no, "limit")
);
