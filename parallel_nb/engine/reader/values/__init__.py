"""The values of a statement as candidates for a field, one module a type of field.

Each module has a `..._candidates` function from a matched statement to its candidates;
`context` chooses it by the field's type.
"""
