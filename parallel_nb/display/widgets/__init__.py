"""The live widgets, one anywidget a module."""
