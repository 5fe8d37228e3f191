CREATE TABLE jobs(
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, title TEXT NOT NULL,
    connection TEXT NOT NULL, identity TEXT NOT NULL, processor TEXT NOT NULL,
    spec BYTEA, prompt TEXT NOT NULL, fresh BOOLEAN NOT NULL DEFAULT FALSE,
    group_id TEXT, state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
    rows BIGINT NOT NULL, layout BYTEA,
    created DOUBLE PRECISION NOT NULL, changed DOUBLE PRECISION NOT NULL,
    policy BYTEA, skipped BYTEA, options BYTEA, find BYTEA,
    sender TEXT NOT NULL DEFAULT '', notebook TEXT NOT NULL DEFAULT '',
    person TEXT NOT NULL DEFAULT '');
CREATE INDEX jobs_by_fingerprint ON jobs(fingerprint, created);
CREATE INDEX jobs_by_group ON jobs(group_id);
CREATE TABLE questions(
    job_id TEXT NOT NULL, position BIGINT NOT NULL, key TEXT NOT NULL,
    attempt INTEGER, label TEXT NOT NULL, input BYTEA NOT NULL, extras BYTEA,
    PRIMARY KEY(job_id, position));
-- Old jobs of a team go often; what of their runs others need is looked up by key.
CREATE INDEX questions_by_key ON questions(key);
CREATE TABLE runs(
    key TEXT NOT NULL, attempt INTEGER NOT NULL, job_id TEXT NOT NULL,
    group_id TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
    run_id TEXT, created DOUBLE PRECISION NOT NULL, changed DOUBLE PRECISION NOT NULL,
    output BYTEA, error TEXT,
    PRIMARY KEY(key, attempt));
CREATE INDEX runs_by_id ON runs(run_id) WHERE run_id IS NOT NULL;
CREATE TABLE expiring_jobs(job_id TEXT PRIMARY KEY, since DOUBLE PRECISION NOT NULL);
-- Who has read a page last forgets it by age.
CREATE TABLE pages(
    asked TEXT NOT NULL, url TEXT NOT NULL, read DOUBLE PRECISION NOT NULL, page BYTEA NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY(asked, url));
