"""Writes the trained network as `network.onnx`, with its large tables as whole numbers of a byte.

python -m bench.ranker.export WEIGHTS.pt [--to FILE]

A matrix is kept as bytes with a scale for each of its columns; what it is multiplied with is made
bytes when it is used, by its own range. That takes a quarter of the space, and a third of the time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench.ranker.network import HEADS, LAYERS
from parallel_nb.engine.index.embedder import DIMENSIONS
from parallel_nb.engine.reader.ranker.network import NETWORK_FILE

_OPSET = 17
_EPSILON = 1e-12
#: The positions of a passage that can be read.
_POSITIONS = 192


class Graph:
    """An ONNX graph as it is put together."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.tables: list[onnx.TensorProto] = []
        self._count = 0

    def weight(self, name: str) -> np.ndarray:
        return np.asarray(self._weights[name].float())

    def table(self, values: np.ndarray) -> str:
        name = self._new("table")
        self.tables.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        return self.add_all(kind, inputs, 1, **attributes)[0]

    def add_all(
        self, kind: str, inputs: tuple[str, ...], outputs: int, **attributes: object
    ) -> list[str]:
        names = [self._new("value") for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def shaped(self, x: str, shape: list[int]) -> str:
        return self.add("Reshape", x, self.table(np.array(shape, np.int64)))

    def exact_linear(self, x: str, name: str) -> str:
        by = self.table(self.weight(f"{name}.weight").T.copy())
        return self.add("Add", self.add("MatMul", x, by), self._bias(name))

    def linear(self, x: str, name: str) -> str:
        """The same with whole numbers."""
        weight = self.weight(f"{name}.weight").T
        scale = np.abs(weight).max(axis=0) / 127
        bytes_ = self.table(np.round(weight / scale).astype(np.int8))
        small, unit, zero = self.add_all("DynamicQuantizeLinear", (x,), 3)
        none = self.table(np.zeros((), np.int8))
        whole = self.add("MatMulInteger", small, bytes_, zero, none)
        product = self.add("Cast", whole, to=TensorProto.FLOAT)
        scales = self.add("Mul", unit, self.table(scale.astype(np.float32)))
        return self.add("Add", self.add("Mul", product, scales), self._bias(name))

    def norm(self, x: str, name: str) -> str:
        by = self.table(self.weight(f"{name}.weight"))
        return self.add("LayerNormalization", x, by, self._bias(name), epsilon=_EPSILON)

    def gelu(self, x: str) -> str:
        """In the form in which the runtime knows it and reckons it in one go."""
        bent = self.add("Erf", self.add("Div", x, self.number(2**0.5)))
        whole = self.add("Mul", x, self.add("Add", bent, self.number(1.0)))
        return self.add("Mul", whole, self.number(0.5))

    def number(self, value: float) -> str:
        return self.table(np.array(value, np.float32))

    def _bias(self, name: str) -> str:
        return self.table(self.weight(f"{name}.bias"))

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"


def network(weights: dict[str, torch.Tensor]) -> onnx.ModelProto:
    """The network as a model: its inputs are those of `ranker.network`, its output the scores."""
    graph = Graph(weights)
    axis1, axis2 = (graph.table(np.array([n], np.int64)) for n in (1, 2))
    is_marked = graph.add("Cast", "marked", to=TensorProto.FLOAT)
    length = graph.add("Gather", graph.add("Shape", "parts"), axis1)
    places = graph.table(weights["position.weight"][:_POSITIONS].float().numpy())
    zero = graph.table(np.zeros(1, np.int64))
    x = graph.add("Add", "words", graph.add("Slice", places, zero, length))
    for name, which in (("part", "parts"), ("mark", "marked")):
        x = graph.add(
            "Add", x, graph.add("Gather", graph.table(graph.weight(f"{name}.weight")), which)
        )
    x = graph.norm(x, "norm")
    far = graph.add("Cast", graph.add("Equal", "seen", zero), to=TensorProto.FLOAT)
    both = graph.table(np.array([1, 2], np.int64))
    mask = graph.add("Unsqueeze", graph.add("Mul", far, graph.number(-1e4)), both)
    for number in range(LAYERS):
        at = f"layers.{number}."
        seen = _attention(graph, x, mask, f"{at}qkv")
        x = graph.norm(graph.add("Add", x, graph.linear(seen, f"{at}out")), f"{at}norm1")
        inner = graph.gelu(graph.linear(x, f"{at}up"))
        x = graph.norm(graph.add("Add", x, graph.linear(inner, f"{at}down")), f"{at}norm2")
    begin = graph.add("Gather", x, graph.table(np.array(0, np.int64)), axis=1)
    value = graph.add("Mul", x, graph.add("Unsqueeze", is_marked, axis2))
    value = graph.add("ReduceSum", value, axis1, keepdims=0)
    value = graph.add("Div", value, graph.add("ReduceSum", is_marked, axis1, keepdims=1))
    read = graph.gelu(graph.exact_linear(graph.add("Concat", begin, value, axis=-1), "read"))
    judged = graph.add("Concat", read, "signals", axis=-1)
    judged = graph.exact_linear(graph.gelu(graph.exact_linear(judged, "judge")), "score")
    scores = graph.add("Add", judged, graph.exact_linear("signals", "direct"))
    graph.nodes.append(helper.make_node("Squeeze", [scores, axis1], ["scores"]))
    count = graph.weight("direct.weight").shape[1]
    numbers = [("parts", 2), ("marked", 2), ("seen", 2)]
    inputs = [
        helper.make_tensor_value_info("words", TensorProto.FLOAT, ["n", "length", DIMENSIONS]),
        *(
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
            for name, _ in numbers
        ),
        helper.make_tensor_value_info("signals", TensorProto.FLOAT, ["n", count]),
    ]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n"])]
    made = helper.make_graph(graph.nodes, "ranker", inputs, outputs, graph.tables)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def _attention(graph: Graph, x: str, mask: str, name: str) -> str:
    width = DIMENSIONS // HEADS
    together = graph.shaped(graph.linear(x, name), [0, 0, 3, HEADS, width])
    turned = graph.add("Transpose", together, perm=[2, 0, 3, 1, 4])
    one = [graph.table(np.array(n, np.int64)) for n in range(3)]
    query, key, value = (graph.add("Gather", turned, n, axis=0) for n in one)
    near = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
    near = graph.add("Add", graph.add("Mul", near, graph.number(width**-0.5)), mask)
    seen = graph.add("MatMul", graph.add("Softmax", near, axis=-1), value)
    return graph.shaped(graph.add("Transpose", seen, perm=[0, 2, 1, 3]), [0, 0, DIMENSIONS])


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Write the ranker's network.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--to", type=Path, default=NETWORK_FILE)
    options = parser.parse_args(arguments)
    onnx.save(network(torch.load(options.weights)), options.to)
    print(f"{options.to}: {options.to.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
