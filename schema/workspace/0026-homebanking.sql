-- 0026-homebanking: one switch by which an agency takes the figures of (EU) 2018/389 Art. 4(3) (SES-06).

-- when it was switched on; NULL: off
ALTER TABLE setting ADD COLUMN homebanking_since instant;
