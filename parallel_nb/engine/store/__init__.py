"""The engine's memory: runs, groups and events in one SQLite file."""
