"""Trains the ranker's trees on examples of `bench.ranker.cases`.

python -m bench.ranker.train CASES.npz ... [--write] [--folds FOLDER]

Each tree learns what those before it got wrong (LightGBM), whether a candidate is the answer.
`--folds` trains, for each part of the rooms, trees on the others: by these their confidence is
fitted (`bench.ranker.bounds`). `--write` trains those in use.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench.ranker.cases import FOLDS, fold_of
from parallel_nb.engine.reader.ranker.trees import TREES_FILE

#: How they are trained: more or larger trees were no better on rooms that they had not seen.
_TREES = 200
_SETTINGS = {
    "objective": "binary", "num_leaves": 31, "max_depth": 8, "learning_rate": 0.06,
    "min_data_in_leaf": 60, "feature_fraction": 0.4, "bagging_fraction": 0.8, "bagging_freq": 1,
    "seed": 0, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}  # fmt: skip


def train(paths: list[Path], to: Path) -> None:
    """Train on some rooms, and write the trees."""
    rooms = [np.load(path) for path in paths]
    features = np.concatenate([room["features"] for room in rooms])
    right = np.concatenate([room["right"] for room in rooms])
    data = lightgbm.Dataset(features, right.astype(np.float64))
    booster = lightgbm.train(_SETTINGS, data, _TREES)
    kept = packed(booster.dump_model()["tree_info"]) | {"columns": np.array(features.shape[1])}
    with to.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **kept)
    print(f"{to}: {len(rooms)} rooms, {len(right)} candidates, {to.stat().st_size / 1e3:.0f} kB")


def packed(trees: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Trees as `parallel_nb.engine.reader.ranker.trees` reads them."""
    lists: list[list[list[float]]] = []
    depths = []
    for tree in trees:
        nodes: list[list[float]] = []
        depths.append(_add(nodes, tree["tree_structure"]))
        lists.append(nodes)
    width = max(len(nodes) for nodes in lists)
    table = np.zeros((len(lists), width, 5))
    for number, nodes in enumerate(lists):
        table[number, : len(nodes)] = nodes
    return {
        "features": table[:, :, 0].astype(np.int16),
        "bounds": table[:, :, 1],
        "next": table[:, :, 2:4].astype(np.int16),
        "values": table[:, :, 4].astype(np.float32),
        "depth": np.array(max(depths)),
    }


def _add(nodes: list[list[float]], node: dict[str, Any]) -> int:
    """Add a node and what is below it; how deep that is."""
    number = len(nodes)
    if "leaf_value" in node:
        nodes.append([0, 0, number, number, node["leaf_value"]])
        return 0
    nodes.append([node["split_feature"], node["threshold"], number + 1, 0, 0])
    left = _add(nodes, node["left_child"])
    nodes[number][3] = len(nodes)
    return 1 + max(left, _add(nodes, node["right_child"]))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Train the ranker.")
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--folds", type=Path, help="folder for trees that have not seen a part")
    parser.add_argument("--write", action="store_true", help=f"to {TREES_FILE.name}")
    options = parser.parse_args(arguments)
    if options.folds:
        options.folds.mkdir(parents=True, exist_ok=True)
        for part in range(FOLDS):
            others = [path for path in options.cases if fold_of(path.stem) != part]
            train(others, options.folds / f"without{part}.npz")
    if options.write:
        train(options.cases, TREES_FILE)


if __name__ == "__main__":
    main(sys.argv[1:])
