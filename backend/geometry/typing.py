"""Array aliases. The shape and unit stand in each docstring; the alias says the dtype."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 3) metres
Vectors = NDArray[np.float64]  # (n, 3) unit length unless said otherwise
TexCoords = NDArray[np.float64]  # (n, 2) in 0..1, v = 0 at the bottom
Faces = NDArray[np.int32]  # (m, 3) rows of vertices, counter-clockwise seen from outside
FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
ByteImage = NDArray[np.uint8]  # (H, W, C); row 0 is the top (v = 1)
TileArray = NDArray[np.uint8]  # (k,) index of a UDIM tile
