-- The engine's store. Raise SCHEMA_VERSION in sqlite_file.py when something changes here.

-- Each change of a run keeps the counts of its group in step, so that asking for them costs
-- the same at ten runs and at a hundred thousand. `student` is who asked, on the engine of a
-- class, here and below: a student does not see what others have asked.
CREATE TABLE groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  metadata BLOB,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  queued INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  completed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  student TEXT
);

-- A task spec that many runs share is stored once.
CREATE TABLE specs (
  id INTEGER PRIMARY KEY,
  body BLOB NOT NULL UNIQUE
);

-- The ids of runs are the cursors of a group's snapshot.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  group_id INTEGER REFERENCES groups (id),
  status TEXT NOT NULL,
  processor TEXT NOT NULL,
  metadata BLOB,
  warnings BLOB,
  error BLOB,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  input BLOB NOT NULL,
  spec_id INTEGER REFERENCES specs (id),
  enable_events INTEGER NOT NULL,
  student TEXT
);
CREATE INDEX runs_of_student ON runs (student, status) WHERE student IS NOT NULL;
CREATE INDEX runs_of_group ON runs (group_id, id);
CREATE INDEX unfinished_runs ON runs (id) WHERE status IN ('queued', 'running');

CREATE TABLE outputs (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  body BLOB NOT NULL
);

CREATE TABLE progress (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  events BLOB NOT NULL
);

-- A group's stream as it was sent, so that it can be resumed at any event. The ids are its
-- cursors. An event is either a run that has ended or the group's counts at that moment.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES groups (id),
  run_id INTEGER REFERENCES runs (id),
  status BLOB
);
CREATE INDEX events_of_group ON events (group_id, id);

-- A FindAll run. `input` is what it looks for; limit and enrichments may change afterwards.
CREATE TABLE finds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  -- How it ended the last time: what a run that is only enriched ends as again.
  ended_as TEXT,
  reason TEXT,
  generator TEXT NOT NULL,
  metadata BLOB,
  input BLOB NOT NULL,
  match_limit INTEGER NOT NULL,
  enrichments BLOB NOT NULL,
  -- Whether more matches are looked for, and whether its candidates are in the table below.
  is_searching INTEGER NOT NULL DEFAULT 1,
  has_candidates INTEGER NOT NULL DEFAULT 0,
  -- Whether there were more candidates than its generator considers.
  is_cut INTEGER NOT NULL DEFAULT 0,
  -- Grows with each extension and enrichment, so that none is missed by who ends the run.
  revision INTEGER NOT NULL DEFAULT 0,
  generated INTEGER NOT NULL DEFAULT 0,
  matched INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  student TEXT
);
CREATE INDEX finds_of_student ON finds (student, status) WHERE student IS NOT NULL;
CREATE INDEX unfinished_finds ON finds (id) WHERE status IN ('queued', 'running');

-- The candidates of a run, best first. One that waits is not shown yet.
CREATE TABLE candidates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  find_id INTEGER NOT NULL REFERENCES finds (id),
  status TEXT NOT NULL,
  entity BLOB NOT NULL,
  output BLOB,
  basis BLOB,
  -- How many of the run's enrichments it has.
  enriched INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX candidates_of_find ON candidates (find_id, id);

-- A run's stream as it was sent. The ids are its cursors; `data` is encoded JSON.
CREATE TABLE find_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  find_id INTEGER NOT NULL REFERENCES finds (id),
  type TEXT NOT NULL,
  created_at TEXT NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX events_of_find ON find_events (find_id, id);

-- What the students of a class have asked. `rows` is what counts against their quota.
CREATE TABLE asked (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  student TEXT NOT NULL,
  moment TEXT NOT NULL,
  kind TEXT NOT NULL,
  rows INTEGER NOT NULL,
  question TEXT NOT NULL
);
CREATE INDEX asked_by_student ON asked (student, moment);
