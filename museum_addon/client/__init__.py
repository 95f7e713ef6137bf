"""The HTTP client, the embedded backend's launcher and installer: no bpy, safe on worker threads."""
