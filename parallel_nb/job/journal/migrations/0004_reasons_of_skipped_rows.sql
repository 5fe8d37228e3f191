-- Why rows of the frame ask nothing, as JSON: each reason with the numbers of its rows.
ALTER TABLE jobs ADD COLUMN skipped BLOB;
