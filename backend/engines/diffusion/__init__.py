"""Diffusion pipelines: on which device, within how much memory, from which files. PyTorch is imported where used."""
