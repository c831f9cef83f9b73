-- 0063-project-number: a number that a project once had is known for good, so that no restore and no other scheme
-- gives it to another one.

-- table project_number: a number that a project has or had
-- owner: project
-- purpose: a number names one project for ever (§ 146 AO, GoBD); names no person
-- retention: as long as the workspace
-- restore: merge (none goes, the later time stays)
CREATE TABLE project_number (
    project_no text(40) PRIMARY KEY NOT NULL,       -- by the number scheme or by hand
    given_at instant NOT NULL                       -- when a project was last given it
);

INSERT INTO project_number (project_no, given_at) SELECT project_no, created_at FROM project;
