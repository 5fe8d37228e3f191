"""What the engine remembers: groups, runs, events and outputs.

`database` is what a store asks of where it is kept: `sqlite_file` for one engine, `postgres` for
many. `tables` holds the rows, `statements.sql` every statement by name; `read` and `write` are the
two halves of the store, `finds` holds its FindAll runs, `usage` what a class has asked, `retention`
deletes what is old at a start. `shared` is the store of many engines, which claim runs.
"""
