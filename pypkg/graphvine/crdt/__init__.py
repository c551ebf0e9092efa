"""Merge rules: how operations become one graph, whatever their order."""
