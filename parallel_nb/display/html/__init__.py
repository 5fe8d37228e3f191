"""Pure functions from values to HTML and plain text.

The HTML reads well with no style at all (details, tables with scoped headers, progress),
since notebooks that are not trusted drop styles and scripts. Every string from outside is
escaped by `escape` at the leaf. What is shown is bounded, and says what was left out.
"""
