"""Output fields and task specs: what a person writes, what is sent, and the service's rules."""
