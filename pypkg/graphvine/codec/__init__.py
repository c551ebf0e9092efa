"""Bytes to closed types and back, bounded in size and depth."""
