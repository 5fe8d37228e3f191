-- Version 4 has one form of an output: that with the basis of list elements, which come always.
UPDATE outputs SET plain = with_elements WHERE with_elements IS NOT NULL;
ALTER TABLE outputs DROP COLUMN with_elements;
ALTER TABLE outputs RENAME COLUMN plain TO body;
ALTER TABLE runs DROP COLUMN element_basis;
