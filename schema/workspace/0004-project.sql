-- 0004-project: projects, their groups, tags, links and people, and the counters of their numbers.
-- Column names differ from the API's (projectNo, internalDepartment …) where those are taken by another
-- meaning elsewhere; the mapping is one to one. projectLinks is project_link, usersAssigned is project_user.

-- table project_group: a heading under which projects belong together
-- owner: project
-- purpose: order among projects; names no person (Art. 6(1)(b))
-- retention: as long as a project uses it
-- restore: content
CREATE TABLE project_group (
    id id,                                          -- made by the program (wtx_new_id)
    name text(120) NOT NULL,                        -- as written by whoever used it first
    name_key text(240) NOT NULL UNIQUE              -- folded, so that a group is found again
);

-- table project: one piece of work for one company; times, tasks and documents hang on it
-- owner: project
-- purpose: performance of the contract with the agency's customer (Art. 6(1)(b))
-- retention: 10 years after the end of the year in which it ended (§ 147 AO, with its invoices)
-- restore: merge (content; responsible_user_id stays as it is today)
CREATE TABLE project (
    id id,                                          -- made by the program (wtx_new_id)
    project_no text(40) NOT NULL UNIQUE,            -- by the number scheme; may be edited later
    project_no_addition text(40) NOT NULL DEFAULT '', -- free suffix, shown behind the number
    name text(255) NOT NULL,                        -- what people call it
    name_key text(600) NOT NULL,                    -- DIN 5007 sort key of the name
    search_text text(1600) NOT NULL,                -- folded number, name, short info and tags, for the list's search
    company_id ref NOT NULL REFERENCES company (id), -- whom the work is for
    person_id ref NOT NULL REFERENCES person (id),  -- the customer's contact for it
    responsible_user_id ref REFERENCES "user" (id), -- who leads it; sees it like an assigned person
    created_user_id ref REFERENCES "user" (id),     -- who added it; none: the system or an integration
    start_day day NOT NULL,                         -- begin; by default the day it was added
    end_day day,                                    -- agreed end; none: open
    status int NOT NULL DEFAULT 0 CHECK (status >= 0 AND status <= 4),
                                                    -- 0 open, 1 in invoicing, 2 completed, 3 cancelled, 4 ready for invoicing
    finance_status int NOT NULL DEFAULT 0 CHECK (finance_status >= 0 AND finance_status <= 5),
                                                    -- 0 none, 1 quotation, 2 invoice, 3 to 5 first to third reminder
    active flag NOT NULL DEFAULT 1,                 -- 0: an open project that rests
    recurrence int NOT NULL DEFAULT 0 CHECK (recurrence >= 0 AND recurrence <= 6),
                                                    -- 0 none, 1 monthly, 2 every two months, 3 quarterly, 4 half-yearly, 5 yearly, 6 every two years
    planned_minutes minutes NOT NULL DEFAULT 0 CHECK (planned_minutes >= 0),
                                                    -- planned working time; 0: no plan, so no traffic light
    needed_minutes minutes NOT NULL DEFAULT 0 CHECK (needed_minutes >= 0),
                                                    -- sum of time_entry.minutes, kept by project_add_minutes()
    rate money CHECK (rate >= 0),                   -- hourly rate of this project; none: the customer's or the person's
    department_no int NOT NULL DEFAULT 0 CHECK (department_no >= 0 AND department_no <= 9),
                                                    -- internal department; names in the settings
    project_group_id ref REFERENCES project_group (id), -- none: in no group
    is_template flag NOT NULL DEFAULT 0,            -- a pattern for copies; not offered for booking
    quick_info text(255) NOT NULL DEFAULT '',       -- short note, shown in lists
    info text(20000) NOT NULL DEFAULT '',           -- long note
    tags text(500) NOT NULL DEFAULT '',             -- as written, comma-separated; the filter uses project_tag
    contract_no text(100) NOT NULL DEFAULT '',      -- the customer's contract, for e-invoices (BT-12)
    purchase_order_no text(100) NOT NULL DEFAULT '', -- the customer's order, for e-invoices (BT-13)
    via_api flag NOT NULL DEFAULT 0,                -- added through the API
    created_at instant NOT NULL,                    -- when it was added
    changed_at instant NOT NULL,                    -- last change of its own fields; booked minutes do not count
    version int NOT NULL DEFAULT 1                  -- counts changes of its own fields; a stale form is told
);
CREATE INDEX project_by_name ON project (name_key, id);
CREATE INDEX project_by_status ON project (status, name_key, id);
CREATE INDEX project_by_company ON project (company_id, status);
CREATE INDEX project_by_responsible ON project (responsible_user_id);

-- table project_user: a person of the agency who works on a project
-- owner: project
-- purpose: who may see and book the project (Art. 6(1)(b), employment and customer contract)
-- retention: with the project
-- restore: merge (who may see what is there today stays as it is)
CREATE TABLE project_user (
    project_id ref NOT NULL REFERENCES project (id), -- the project
    user_id ref NOT NULL REFERENCES "user" (id),    -- the person; "my projects" of time recorders
    PRIMARY KEY (project_id, user_id)
);
CREATE INDEX project_user_by_user ON project_user (user_id, project_id);

-- table project_tag: one tag of one project, for the filter
-- owner: project
-- purpose: order among projects; names no person (Art. 6(1)(b))
-- retention: with the project
-- restore: content
CREATE TABLE project_tag (
    project_id ref NOT NULL REFERENCES project (id), -- the project
    tag_key text(120) NOT NULL,                     -- folded: "Größe" and "groesse" are one tag
    tag text(60) NOT NULL,                          -- as written
    PRIMARY KEY (project_id, tag_key)
);
CREATE INDEX project_tag_by_key ON project_tag (tag_key, project_id);

-- table project_link: one of up to five named links of a project
-- owner: project
-- purpose: finding drafts and documents of the work elsewhere (Art. 6(1)(b))
-- retention: with the project
-- restore: content
CREATE TABLE project_link (
    project_id ref NOT NULL REFERENCES project (id), -- the project
    link_no int NOT NULL CHECK (link_no >= 1 AND link_no <= 5), -- place in the list
    name text(100) NOT NULL,                        -- what the link shows
    url text(1000) NOT NULL,                        -- http or https; checked when it is written
    PRIMARY KEY (project_id, link_no)
);

-- table project_counter: how many numbers of one scope were given
-- owner: project
-- purpose: gapless project numbers; names no person (Art. 6(1)(b))
-- retention: as long as the workspace
-- restore: merge (the higher count stays)
CREATE TABLE project_counter (
    scope text(40) PRIMARY KEY NOT NULL,            -- "all", "2026", "c31" or "c31/2026": see scheme_scope_key(); "from": behind it every new count begins
    given int NOT NULL CHECK (given >= 0)           -- the last {N} that was given
);
