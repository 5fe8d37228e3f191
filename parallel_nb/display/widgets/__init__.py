"""The live widgets: anywidgets that are replaced by HTML and text when they end.

Imported when the first one is shown, since anywidget is heavy. Each loads its built JavaScript
and CSS from `display/static`.
"""
