"""Trains the network of `parallel_nb.engine.reader.ranker`.

    python -m bench.ranker.cases ROOM ... --to FOLDER       what the network reads of each question
    python -m bench.ranker.train CASES ... --to WEIGHTS.pt
    python -m bench.ranker.export WEIGHTS.pt                writes the network that the reader uses
    python -m bench.ranker.bounds ROOM ... --write          fits its confidence on other rooms

The second and third need `torch` and `onnx`, which are no dependencies of the project, beside it.
"""
