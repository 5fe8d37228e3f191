"""The network in PyTorch: all-MiniLM-L6-v2 with a head that scores a candidate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from parallel_nb.engine.index.embedder import DIMENSIONS, model_file

LAYERS, HEADS, INNER = 6, 12, 1536
#: Sizes of the head: what it makes of begin and value, and of that with the signals.
_READ, _JUDGED = 96, 64
_EPSILON = 1e-12
_FAR = -1e4


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """One layer of BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(DIMENSIONS, 3 * DIMENSIONS)
        self.out = nn.Linear(DIMENSIONS, DIMENSIONS)
        self.norm1 = nn.LayerNorm(DIMENSIONS, eps=_EPSILON)
        self.up = nn.Linear(DIMENSIONS, INNER)
        self.down = nn.Linear(INNER, DIMENSIONS)
        self.norm2 = nn.LayerNorm(DIMENSIONS, eps=_EPSILON)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        count, length, size = x.shape
        shape = (count, length, 3, HEADS, size // HEADS)
        query, key, value = self.qkv(x).view(shape).permute(2, 0, 3, 1, 4)
        # written out: on a processor the fused one takes four times as long to learn
        near = (query @ key.transpose(-1, -2)) * (query.shape[-1] ** -0.5) + mask
        seen = (near.softmax(-1).to(value.dtype) @ value).transpose(1, 2)
        x = self.norm1(x + self.out(seen.reshape(count, length, size)))
        return self.norm2(x + self.down(functional.gelu(self.up(x))))


class Network(nn.Module):  # type: ignore[misc]  # the same
    """Scores candidates; 0 is the score of there being no answer."""

    def __init__(self, signals: int) -> None:
        super().__init__()
        self.word = nn.Embedding(30_522, DIMENSIONS)
        self.position = nn.Embedding(512, DIMENSIONS)
        self.part = nn.Embedding(2, DIMENSIONS)
        self.mark = nn.Embedding(2, DIMENSIONS)
        self.norm = nn.LayerNorm(DIMENSIONS, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.read = nn.Linear(2 * DIMENSIONS, _READ)
        self.judge = nn.Linear(_READ + signals, _JUDGED)
        self.score = nn.Linear(_JUDGED, 1)
        self.direct = nn.Linear(signals, 1)
        nn.init.normal_(self.mark.weight, std=0.02)
        nn.init.zeros_(self.direct.weight)
        nn.init.zeros_(self.direct.bias)
        with torch.no_grad():
            self.direct.weight[0, 0] = 4.0  # it begins as the rules rank
        self._start_from_minilm()
        for each in (self.word, self.position, self.part):
            each.weight.requires_grad = False

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        pieces, marked, seen = batch["pieces"], batch["marked"], batch["seen"]
        places = torch.arange(pieces.shape[1])[None]
        x = self.word(pieces) + self.position(places) + self.part(batch["parts"])
        x = functional.dropout(self.norm(x + self.mark(marked)), 0.1, self.training)
        mask = torch.where(seen == 1, 0.0, _FAR)[:, None, None, :]
        with torch.autocast("cpu", torch.bfloat16):
            for layer in self.layers:
                x = layer(x, mask.to(torch.bfloat16))
        x = x.float()
        value = (x * marked[..., None]).sum(1) / marked.sum(1, keepdim=True).clamp(min=1)
        read = functional.gelu(self.read(torch.cat([x[:, 0], value], -1)))
        read = functional.dropout(read, 0.1, self.training)
        signals = batch["signals"]
        judged = functional.gelu(self.judge(torch.cat([read, signals], -1)))
        return (self.score(judged) + self.direct(signals))[:, 0]

    def _start_from_minilm(self) -> None:
        """Take the weights over: each is kept as whole numbers, with a scale a row or column."""
        model = onnx.load(model_file())
        kept = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        casts = [node.input[0] for node in model.graph.node if node.op_type == "Cast"]
        tables = {
            name.removesuffix("_q"): kept[name] * kept[f"{name.removesuffix('_q')}_scale"]
            for name in casts
            if name.endswith("_q")
        }
        # those of the layers have no telling names, and come in their order
        unnamed = iter([table for name, table in tables.items() if name.startswith("val_")])
        named = {k.removeprefix("inner."): v for k, v in (kept | tables).items()}

        def put(target: torch.Tensor, source: Any) -> None:
            values = torch.tensor(np.asarray(source, dtype=np.float32))
            target.copy_(values if values.shape == target.shape else values.t())

        with torch.no_grad():
            put(self.word.weight, named["embeddings.word_embeddings.weight"])
            put(self.position.weight, named["embeddings.position_embeddings.weight"])
            put(self.part.weight, named["embeddings.token_type_embeddings.weight"])
            put(self.norm.weight, named["embeddings.LayerNorm.weight"])
            put(self.norm.bias, named["embeddings.LayerNorm.bias"])
            for number, layer in enumerate(self.layers):
                at = f"encoder.layer.{number}."
                three = [next(unnamed) for _ in range(3)]
                put(layer.qkv.weight, np.concatenate([each.T for each in three]))
                names = ("query", "key", "value")
                biases = [named[f"{at}attention.self.{name}.bias"] for name in names]
                put(layer.qkv.bias, np.concatenate(biases))
                out = next(unnamed)
                put(layer.out.weight, out.T)
                put(layer.out.bias, named[f"{at}attention.output.dense.bias"])
                put(layer.norm1.weight, named[f"{at}attention.output.LayerNorm.weight"])
                put(layer.norm1.bias, named[f"{at}attention.output.LayerNorm.bias"])
                put(layer.up.weight, next(unnamed))
                put(layer.up.bias, named[f"{at}intermediate.dense.bias"])
                put(layer.down.weight, next(unnamed))
                put(layer.down.bias, named[f"{at}output.dense.bias"])
                put(layer.norm2.weight, named[f"{at}output.LayerNorm.weight"])
                put(layer.norm2.bias, named[f"{at}output.LayerNorm.bias"])
