"""Reading: from a task run's input and spec to values with their evidence.

No language model takes part: everything is found by the words of the documents, so every
value can be shown where it stands. All are functions from values to values; each module may
import those above it in this list, and none below:

- `language`: what a text says, whatever is asked (words, grammar, names, numbers)
- `request`: what a run asks for, and how much effort its processor makes
- `parts`, `statements`, `whole`: a document as facts and sentences, and what it tells as a whole
- `subject`, `subject_forms`, `subject_names`: whom the run is about, by which names, and which
  documents are about it
- `question`: what a field asks for, in words and what may stand for them
- `referents`, `scope`: of whom a sentence speaks, and how sure it is that a statement is the
  subject's
- `candidates`, `values`: the values that a statement offers, one module a type
- `relevance`: how well a statement bears on a field's question
- `context`, `evidence`: the documents that are read, and the evidence in them for a field
- `decide`: which value, and how sure
- `explain`: why, and the passages that show it
- `objects`: lists of objects, from tables and labels
- `json_output`, `text_output`: the forms of an output
- `answer`: the entry, from a run to its output
"""
