"""The embedded ``parametric`` engine: a prompt or a record becomes a watertight, UV-mapped PBR artifact."""
