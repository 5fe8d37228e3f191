"""Output fields and task specs: what a person writes, what is sent, and the service's rules.

`fields` is the field language of a cell; `specs` makes an output schema from whatever a person
passes; `refs` takes the references out of a schema; `lint` holds the service's rules and limits.
"""
