-- 0005-time: what was worked on which project by whom, the categories of work, and running timers.
-- The API's linkedTaskID comes with the tasks: their migration says
-- ALTER TABLE time_entry ADD COLUMN task_id ref REFERENCES task (id).

-- table category_group: a heading of time categories
-- owner: time
-- purpose: order among categories; names no person (Art. 6(1)(b))
-- retention: as long as a category uses it
-- restore: content
CREATE TABLE category_group (
    id id,                                          -- made by the program (wtx_new_id); the API's "group"
    name text(120) NOT NULL,                        -- the API's groupName
    name_key text(240) NOT NULL UNIQUE              -- folded, so that a group is found again
);

-- table category: a kind of work, as times and later service positions carry it
-- owner: time
-- purpose: evaluation and billing by kind of work; names no person (Art. 6(1)(b))
-- retention: as long as an entry uses it
-- restore: content
CREATE TABLE category (
    id id,                                          -- made by the program (wtx_new_id)
    sort_no int NOT NULL,                           -- order through the whole list; groups come out as blocks
    name text(120) NOT NULL,                        -- "Konzeption"
    category_group_id ref REFERENCES category_group (id), -- none: in no group
    active flag NOT NULL DEFAULT 1,                 -- 0: no longer offered, old entries keep it
    company_id ref REFERENCES company (id),         -- bound to this company; none: for all (linkedCustomerID)
    rate money CHECK (rate >= 0),                   -- own hourly rate; none: by project, customer, person
    price_group text(60) NOT NULL DEFAULT '',       -- customer price group it belongs to; '': none
    billable flag NOT NULL DEFAULT 1,               -- what a new entry of this category starts with
    created_at instant NOT NULL,                    -- when it was added
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX category_by_order ON category (sort_no, id);

-- table time_entry: one piece of work of one person on one project and day
-- owner: time
-- purpose: billing and planning of project work (Art. 6(1)(b) and (f))
-- retention: 10 years after the end of the year when invoiced (§ 147 AO), else 3 years
-- restore: content
CREATE TABLE time_entry (
    id id,                                          -- made by the program (wtx_new_id)
    project_id ref NOT NULL REFERENCES project (id), -- the project worked on; a change moves the entry
    user_id ref NOT NULL REFERENCES "user" (id),    -- who worked
    category_id ref NOT NULL REFERENCES category (id), -- kind of work
    day day NOT NULL,                               -- civil day in the workspace's zone on which the work began
    minutes minutes NOT NULL CHECK (minutes >= 0 AND minutes <= 1440), -- as billed: rounded up by the raster, or free
    raw_minutes minutes NOT NULL CHECK (raw_minutes >= 0 AND raw_minutes <= 1440), -- as given or measured, before rounding
    free_input flag NOT NULL DEFAULT 0,             -- 1: no raster held when it was written
    from_clock clock CHECK (from_clock >= 0 AND from_clock <= 1439), -- begin, shown only; none: not given
    to_clock clock CHECK (to_clock >= 0 AND to_clock <= 1440), -- end, shown only; before from_clock: past midnight
    note text(4000) NOT NULL DEFAULT '',            -- what was done; the API cuts what it is sent at 800
    billable flag NOT NULL DEFAULT 1,               -- the API's notInvoiceable, turned round
    invoiced flag NOT NULL DEFAULT 0,               -- taken over into an invoice
    via_api flag NOT NULL DEFAULT 0,                -- added through the API
    created_user_id ref REFERENCES "user" (id),     -- who wrote it: administrators may write for others
    created_at instant NOT NULL,                    -- when it was written
    changed_at instant NOT NULL,                    -- last change
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX time_entry_by_project ON time_entry (project_id, day, id);
CREATE INDEX time_entry_by_user ON time_entry (user_id, day, id);
CREATE INDEX time_entry_by_category ON time_entry (category_id);

-- table timer: a stop watch of one person; any number, running or paused, until booked or dropped
-- owner: time
-- purpose: measuring project work before it is booked (Art. 6(1)(b))
-- retention: until booked or dropped
-- restore: present
CREATE TABLE timer (
    id id,                                          -- made by the program (wtx_new_id)
    user_id ref NOT NULL REFERENCES "user" (id),    -- whose it is; nobody else sees it
    project_id ref NOT NULL REFERENCES project (id), -- what is worked on
    category_id ref REFERENCES category (id),       -- asked for at the latest when it is booked
    note text(4000) NOT NULL DEFAULT '',            -- becomes the entry's note
    billable flag NOT NULL DEFAULT 1,               -- becomes the entry's mark
    begun_at instant NOT NULL,                      -- first start: gives the entry's day and from_clock
    started_at instant,                             -- start of the stretch that runs now; none: paused
    kept_us int NOT NULL DEFAULT 0 CHECK (kept_us >= 0), -- microseconds of the stretches before it
    version int NOT NULL DEFAULT 1                  -- counts changes; a stale form is told
);
CREATE INDEX timer_by_user ON timer (user_id, id);
