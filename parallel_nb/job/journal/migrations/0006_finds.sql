-- A find is a job whose rows are the candidates of a FindAll run. What it looks for, as JSON; and who
-- is about to send something that costs money. A find without an id of the service whose sender has
-- died may or may not exist there.
ALTER TABLE jobs ADD COLUMN find BLOB;
ALTER TABLE jobs ADD COLUMN sender TEXT NOT NULL DEFAULT '';
