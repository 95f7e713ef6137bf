"""Limits that every engine keeps to."""

MIN_SIZE_M = 0.001
MAX_SIZE_M = 50.0
"""Sides of objects, metres."""
