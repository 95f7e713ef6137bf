"""Everything that touches the Blender scene. Main thread only."""
