-- Version 4 has one form of an output: that with the basis of list elements, which come always.
UPDATE outputs SET plain = with_elements WHERE with_elements IS NOT NULL;
ALTER TABLE outputs DROP COLUMN with_elements;
ALTER TABLE outputs RENAME COLUMN plain TO body;
ALTER TABLE runs DROP COLUMN element_basis;

-- It knows who asked, for the engine of a class.
ALTER TABLE groups ADD COLUMN student TEXT;
ALTER TABLE runs ADD COLUMN student TEXT;
ALTER TABLE finds ADD COLUMN student TEXT;
CREATE INDEX runs_of_student ON runs (student, status) WHERE student IS NOT NULL;
CREATE INDEX finds_of_student ON finds (student, status) WHERE student IS NOT NULL;

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
