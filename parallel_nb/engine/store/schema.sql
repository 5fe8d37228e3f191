-- The engine's store. Raise SCHEMA_VERSION in tables.py when something changes here.

-- Each change of a run keeps the counts of its group in step, so that asking for them costs
-- the same at ten runs and at a hundred thousand.
CREATE TABLE groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  metadata BLOB,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  queued INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  completed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0
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
  element_basis INTEGER NOT NULL
);
CREATE INDEX runs_of_group ON runs (group_id, id);
CREATE INDEX unfinished_runs ON runs (id) WHERE status IN ('queued', 'running');

CREATE TABLE outputs (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  plain BLOB NOT NULL,
  with_elements BLOB
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
