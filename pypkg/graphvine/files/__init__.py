"""Formats of files: chunks of bytes to records, and a graph to chunks of bytes. Pure; `transfers` does the waiting."""
