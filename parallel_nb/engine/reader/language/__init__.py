"""What a text says, whatever is asked: words and synonyms, grammar, names, numbers, offices.

The names here depend on the text alone; what they mean for a field's question is decided in
`values`, one module a type.
"""
