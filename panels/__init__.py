"""Panels: one feature a file; they draw cached state and compute nothing."""
