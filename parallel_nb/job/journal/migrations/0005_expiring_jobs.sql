-- Old jobs, and since when they are marked: they are deleted when they are still old a month later.
CREATE TABLE expiring_jobs(job_id TEXT PRIMARY KEY, since REAL NOT NULL);
