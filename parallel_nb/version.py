"""The version, where every room can read it without importing the whole package."""

from typing import Final

__version__: Final = "0.1.0"
