"""Engines: one package a family. ``base`` holds the contract, ``catalogue`` the list."""
