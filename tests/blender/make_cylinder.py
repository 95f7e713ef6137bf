"""Run by the backend's Python: a textured cylinder of known size as GLB, +Y up, origin at the base centre."""

import sys
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from trimesh.visual.material import PBRMaterial

path, radius, height = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
mesh = trimesh.creation.cylinder(radius=radius, height=height, sections=64)
mesh.apply_translation([0.0, 0.0, height / 2])
mesh.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, [1.0, 0.0, 0.0]))
maps = [Image.new("RGB", (64, 64), colour) for colour in ((180, 90, 40), (0, 200, 10), (128, 128, 255))]
material = PBRMaterial(
    name="terracotta", baseColorTexture=maps[0], metallicRoughnessTexture=maps[1], normalTexture=maps[2]
)
uv = np.random.default_rng(0).random((len(mesh.vertices), 2))
mesh.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
path.write_bytes(trimesh.Scene({"cylinder": mesh}).export(file_type="glb"))
