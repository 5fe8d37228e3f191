"""The journal: the local SQLite record of jobs, runs and answers."""
