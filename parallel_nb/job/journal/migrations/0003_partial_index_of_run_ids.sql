-- A run gets its id late: until then there is nothing to look up.
DROP INDEX runs_by_id;
CREATE INDEX runs_by_id ON runs(run_id) WHERE run_id IS NOT NULL;
