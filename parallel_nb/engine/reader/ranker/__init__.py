"""The ranker: a small trained network that tells which of the candidates answers a field.

The rules find candidates well and choose among them badly: in rooms that nobody has seen the right
value is among their first twelve in 75 %, and first in 46 %. The network reads question, value and
passage together. It is all-MiniLM-L6-v2, trained further by `bench/ranker` on rooms of documents
that were written for it; `network.onnx` holds what the training has changed, and the vectors of
words are those of the package that `parallel-nb[semantic]` brings. Without it the rules choose.
"""
