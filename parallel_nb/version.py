"""The version, in one place: hatch reads it here, and so does every room."""

__version__ = "0.1.0"
