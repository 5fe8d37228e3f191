-- A find is a job whose rows are the candidates of a FindAll run: what it looks for, as JSON.
ALTER TABLE jobs ADD COLUMN find BLOB;
-- Who is about to send something that a find costs. Where that one has died and the service's id is
-- not known, the run may or may not have been made.
ALTER TABLE jobs ADD COLUMN sender TEXT NOT NULL DEFAULT '';
