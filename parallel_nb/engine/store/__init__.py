"""What the engine remembers: groups, runs, events and outputs in one SQLite file.

`tables` holds the schema and the rows, `statements.sql` every statement by name; `read` and
`write` are the two halves of the store, `finds` holds its FindAll runs, `retention` deletes what
is old at a start.
"""
