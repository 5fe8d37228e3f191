"""The full-text index over the passages of a corpus."""
