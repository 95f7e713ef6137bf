"""Painters of views that are diffusion models."""
