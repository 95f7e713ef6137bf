"""The repair line: every mesh that comes from outside becomes a clean, textured, standing mesh of its true size."""
