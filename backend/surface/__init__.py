"""What a surface looks like: layers of procedural masks evaluated at each texel's place in space, never in the
atlas.
"""
