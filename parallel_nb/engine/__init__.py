"""The Parallel API over a person's own documents: no key, no network.

An engine is a process of its own. `launch` finds or starts one, `serve` is one:

- `server`, `routes_*`, `validate`: the operations of the three generations over HTTP
- `store`: runs, groups, events and results in SQLite; they survive the process
- `runner`, `runner_worker`: the pool of processes that read
- `documents`, `index`, `reader*`: what is read, and how

The rest of the package reaches it over HTTP only, so whatever works here works on the
hosted service too.
"""
