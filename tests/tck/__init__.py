"""Runs the openCypher TCK: ``python -m tests.tck --features DIR``."""
