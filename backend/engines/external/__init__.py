"""Engines on servers of others: a picture goes there, a mesh comes back and goes through the repair line."""
