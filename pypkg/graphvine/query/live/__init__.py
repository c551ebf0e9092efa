"""Live queries: rows that stay true while the graph changes."""
