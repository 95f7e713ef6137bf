"""The GPU backend of museum_addon: an HTTP server, its jobs and its engines. Never imports bpy or the extension."""

__version__ = "0.1.0"
PROTOCOL = 1
