"""The extension's substance. ``core``, ``client`` and ``exhibition`` never import bpy; the rest may."""
