"""Finding: the entities of a room that a FindAll run asks for, each judged by the reader.

No language model takes part: entities are the things that titles, tables, lists, headings and
sentences name, and a condition is a question to the reader about one of them. Each module may
import those above it in this list, and none below:

- `kinds`: which words name the kind of entity that is asked for
- `mentions`: what the documents name, and what they call it
- `entities`: mentions of one thing as one entity; those of a kind, ranked
- `conditions`: a condition as a question, and when an answer satisfies it
- `geography`: in which country, state and part of the world a place lies
- `evidence`: whether a passage says what a condition asks
- `measures`: numbers with the units that a condition asks for
- `propose`: conditions from an objective
- `judge`: what the reader finds about an entity
- `steps`: the entry, from a step of a FindAll run to what it gives
"""
