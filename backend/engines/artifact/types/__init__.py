"""The types of artifact, one module each."""
