"""Cypher: text to tree, tree to plan, plan to rows, rows kept alive as changes come."""
