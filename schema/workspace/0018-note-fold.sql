-- 0018-note-fold: what was done, as the search reads it.

-- the note folded (text_fold), its first 8000 characters; NULL: written before there was one
ALTER TABLE time_entry ADD COLUMN note_fold text(8000);
