"""The page on which a passage stands, drawn or as text, with the passage marked.

`matching` finds a passage among the letters of a page, `picture` draws a page of a PDF, `parts`
cuts any other document into pages of text; `worker` is the process in which files are drawn, and
`pages` puts these together for the routes.
"""
