-- Who began a job, where several people write into one journal.
ALTER TABLE jobs ADD COLUMN person TEXT NOT NULL DEFAULT '';
