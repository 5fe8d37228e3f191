"""The tests of the launcher use the small folder, and the engine over it, of the engine's tests."""

from tests.engine.conftest import folder, own_engine

__all__ = ["folder", "own_engine"]
