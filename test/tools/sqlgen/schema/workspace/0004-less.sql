-- 0004-less.sql: a table that is no more.

-- table scrap: lived once
-- owner: thing
-- purpose: sample
-- retention: none
-- restore: content
CREATE TABLE scrap (
    id id -- made by the program
);
DROP TABLE scrap;
