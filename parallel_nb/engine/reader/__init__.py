"""Reading: from a task run's input and spec to values with their evidence.

No language model takes part: everything is found by the words of the documents, so every
value can be shown where it stands. The way of a task: `asks` (what is wanted), `subjects`
(whom it is about), `pages` (documents as facts and sentences), `relevance` (which of them
bear on a field), `numbers`, `dates_and_years`, `phrases`, `choices`, `lists` (typed values
in them), `judge` (which value, how sure), `wording` (why), `answer`, `prose` and `auto`
(the three forms of output). All are functions from values to values.
"""
