-- Version 3 has FindAll runs.
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
  modified_at TEXT NOT NULL
);
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
