-- 0040-health.sql: what doctor found last.

-- table health: one finding of the last look at the installation
-- owner: health
-- purpose: showing operators what is unsafe or broken, and telling them when it becomes so (Art. 32(1)(b, d)); names no person
-- retention: until the next look, each hour
-- restore: present
CREATE TABLE health (
    id id,                                  -- made by the program
    finding_key text(64) NOT NULL,          -- which finding: 'disk.mirror'
    place_no int NOT NULL,                  -- the first, second … of that name in one look
    finding_state int NOT NULL CHECK (finding_state >= 1 AND finding_state <= 3), -- enum health_state: good, warn, bad
    german_text text(2000) NOT NULL,        -- the sentence
    english_text text(2000) NOT NULL,       -- the same in English
    since_at instant NOT NULL,              -- since when it has been in this state
    seen_at instant NOT NULL,               -- the last look
    version int NOT NULL DEFAULT 1          -- counts changes
);
CREATE UNIQUE INDEX health_by_key ON health (finding_key, place_no);
