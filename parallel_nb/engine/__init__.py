"""The Parallel API over a person's own documents: no key, no network.

An engine is a process of its own, which `connection.launcher` finds or starts; `serve` opens
what one needs, and `server` runs it. The rest of the package reaches it over HTTP only, so
whatever works here works on the hosted service too.

- `http`: the operations of the three generations
- `store`: runs, groups, events and outputs in SQLite; they survive the process
- `workers`: the pool of processes that answer runs
- `reader`: how an answer is found in the documents, with its evidence
- `index`, `corpus`: full-text search, and how documents are read
"""
