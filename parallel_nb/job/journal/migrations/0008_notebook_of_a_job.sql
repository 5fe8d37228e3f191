-- The file of the notebook that began a job, where a Jupyter server says which it is.
ALTER TABLE jobs ADD COLUMN notebook TEXT NOT NULL DEFAULT '';
