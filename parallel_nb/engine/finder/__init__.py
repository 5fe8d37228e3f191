"""Finding: the entities of a room that a FindAll run asks for, each judged by what is told of it.

No language model takes part: entities are the things that titles, tables, lists, headings and
sentences name, and a condition is held against every statement about one of them. Each module may
import those above it in this list, and none below:

- `words`: words without their endings
- `once`: what is kept with the index of a room
- `kinds`: which words name the kind of entity that is asked for, and which mean the same
- `tables`: the heads and rows of a table, and what names its rows
- `units`: the sentences, items and rows of a document, and its columns
- `names`: what is a name, and what of it is no part of it
- `papers`: what a paper is about, and its number
- `listings`: the names in tables and lists
- `mentions`: what the documents name, and what they call it
- `house`: whose papers a room holds
- `entities`: mentions of one thing as one entity; those of a kind, ranked
- `geography`: in which country, state and part of the world a place lies
- `conditions`: a condition as a question for a number, and when a number satisfies it
- `propose`: conditions from an objective
- `dossier`: what the documents tell of an entity, statement by statement
- `stances`: whether a text says that something holds, is denied, past or planned
- `claims`: what a condition claims
- `evidence`: how far a statement bears a claim out
- `cells`: what the columns of a table decide
- `measures`: numbers and years that statements give
- `grids`: the tables of a room, with what stands over them
- `asked`: what a condition asks of a table
- `sight`: which words of a condition a table has, and in which rows it holds
- `plan`: the table that answers conditions for all entities at once
- `whereabouts`: in which area something is
- `judge`: the verdict on an entity, and the fields of an enrichment
- `steps`: the entry, from a step of a FindAll run to what it gives
"""
