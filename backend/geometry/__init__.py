"""Meshes, atlases, texels, ray casting and GLB. Knows nothing of jobs or engines."""
