-- 0046-export-file.sql: a workspace's own people take all of it along.

-- table export_file: one archive of the whole workspace, made for the person who ordered it
-- owner: transfer
-- purpose: handing out the data on demand, and proof of who asked for them (Art. 15, 20, 28(3)(g), 5(2)); holds no key that opens one
-- retention: the file 7 days, this row as long as the workspace
-- restore: present
CREATE TABLE export_file (
    id id,                          -- made by the program
    export_state int NOT NULL CHECK (export_state >= 1 AND export_state <= 4), -- enum export_state: wanted, there, failed, gone
    user_id ref NOT NULL REFERENCES "user" (id), -- who ordered it and may fetch it
    ordered_at instant NOT NULL,    -- when
    ended_at instant,               -- when it was written or failed; NULL: it is under way
    gone_at instant,                -- when the file was removed; NULL: it was not
    recipient_text text(120) NOT NULL, -- the public key to which it is sealed, in the form of archive/key.h
    is_own_key flag NOT NULL,       -- that key came with the order; else it was made for it, and its secret half shown once
    file_size int NOT NULL,         -- bytes; 0 until it is there
    hash_text text(64) NOT NULL,    -- the archive's own checksum, in hex; '' until it is there
    code_text text(64) NOT NULL     -- what it failed of; '' when it did not
);
CREATE INDEX export_file_state ON export_file (export_state);
