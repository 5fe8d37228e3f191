"""A language model as reader, if the person has one; nothing of what it says is believed unchecked.

`reader` is the entry. It chooses the `sections` that are shown, asks the `endpoint` by a `prompt`,
and has each claim climb the `ladder`: the quote stands in its section (`quotes`), the value follows
from the quote (`values`), and the sentence speaks of the subject and of the field (`rungs`).
`agreement` sets what has held beside what the rules have found.
"""
