"""The service's language: wire structs, routes, task specs, prices and errors.

Nothing here does I/O and nothing here imports another room. The client speaks this
language to the service, and the embedded engine answers in it.
"""
