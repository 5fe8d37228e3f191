-- Version 2 calls two columns as the API calls what they hold.
ALTER TABLE runs RENAME COLUMN tells_progress TO enable_events;
ALTER TABLE runs RENAME COLUMN tells_elements TO element_basis;
