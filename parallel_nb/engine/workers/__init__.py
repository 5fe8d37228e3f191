"""The pool of processes that read queued runs."""
