"""Values of one type each, as candidates in a statement."""
