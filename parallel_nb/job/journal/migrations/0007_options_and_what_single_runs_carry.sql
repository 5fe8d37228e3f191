-- Data sources, tool servers, memory and suffix of a job, as JSON, and what the run of one question
-- carries beside its input: the run that it goes on from, and a person's own metadata.
ALTER TABLE jobs ADD COLUMN options BLOB;
ALTER TABLE questions ADD COLUMN extras BLOB;
