"""The embedded engine of ``texture``: any mesh and words to PBR maps, without weights."""
