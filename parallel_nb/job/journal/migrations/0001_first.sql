CREATE TABLE jobs(
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, title TEXT NOT NULL,
    connection TEXT NOT NULL, identity TEXT NOT NULL, processor TEXT NOT NULL,
    spec BLOB, prompt TEXT NOT NULL, fresh INTEGER NOT NULL DEFAULT 0,
    group_id TEXT, state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
    rows INTEGER NOT NULL, layout BLOB, created REAL NOT NULL, changed REAL NOT NULL);
CREATE INDEX jobs_by_fingerprint ON jobs(fingerprint, created);
CREATE INDEX jobs_by_group ON jobs(group_id);
CREATE TABLE questions(
    job_id TEXT NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL,
    attempt INTEGER, label TEXT NOT NULL, input BLOB NOT NULL,
    PRIMARY KEY(job_id, position));
CREATE INDEX questions_by_key ON questions(key, job_id);
CREATE TABLE runs(
    key TEXT NOT NULL, attempt INTEGER NOT NULL, job_id TEXT NOT NULL,
    group_id TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
    run_id TEXT, created REAL NOT NULL, changed REAL NOT NULL, output BLOB, error TEXT,
    PRIMARY KEY(key, attempt));
CREATE INDEX runs_by_id ON runs(run_id);
CREATE INDEX runs_by_group ON runs(group_id);
