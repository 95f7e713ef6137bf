"""Museum: 3D content authoring for museums, as a Blender extension.

Blender calls register() and unregister(); everything else lives in ``museum_addon``. Nothing of bpy is
imported here at module level, so that tools which walk the checkout (pytest, type checkers) can import it.
"""


def register() -> None:
    """Add the extension's classes, properties, handlers and timer to the running Blender."""
    from .museum_addon import registration

    registration.register(__package__)


def unregister() -> None:
    """Take everything away again that register() added."""
    from .museum_addon import registration

    registration.unregister()
