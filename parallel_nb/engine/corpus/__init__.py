"""A folder of documents: files read as pages, and their text as words, dates and passages."""
