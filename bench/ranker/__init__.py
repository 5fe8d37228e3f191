"""Trains the trees of `parallel_nb.engine.reader.ranker`.

    python -m bench.ranker.cases ROOM ... --to FOLDER        what is measured of each candidate
    python -m bench.ranker.train CASES ... --folds FOLDER --write
    python -m bench.ranker.bounds ROOM ... --folds FOLDER --write       fits their confidence

The second needs `lightgbm`, which is no dependency of the project, beside it. What is tuned on is
all rooms but those in `bench.rooms.UNSEEN` and `UNSEEN_PLAIN`; each is judged by trees that have
not seen it.
"""
