"""What a pickle of arrays consists of, as inert data, and arrays made from it.

The layouts are those that numpy's ``ndarray.__reduce__`` and ``dtype.__reduce__``, scipy.sparse's compressed matrices
and chumpy 0.7's ``Ch`` and ``Select`` write.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsafeModel

MAX_DENSE = 64 * 40_000
"""The largest sparse matrix that is made dense: joints times vertices of any body."""
_ARRAYS = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")
_BUILTINS = ("__builtin__", "builtins")
_SPARSE = ("scipy.sparse.csc", "scipy.sparse._csc", "scipy.sparse.csr", "scipy.sparse._csr")
KNOWN = {
    **{(module, "_reconstruct"): "reconstruct" for module in _ARRAYS},
    **{(module, "scalar"): "scalar" for module in _ARRAYS},
    **{(module, "_frombuffer"): "frombuffer" for module in _NUMERIC},
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    **{(module, "object"): "object" for module in _BUILTINS},
    **{(module, name): "set" for module in _BUILTINS for name in ("set", "frozenset")},
    ("copy_reg", "_reconstructor"): "reconstructor",
    ("copyreg", "_reconstructor"): "reconstructor",
    ("_codecs", "encode"): "encode",
    **{(module, f"{module[-3:]}_{kind}"): module[-3:] for module in _SPARSE for kind in ("matrix", "array")},
    ("chumpy.ch", "Ch"): "chumpy",
    ("chumpy.reordering", "Select"): "select",
}


@dataclass(frozen=True)
class Name:
    """A known name: what it stands for."""

    kind: str


@dataclass
class Opaque:
    """Something of no use to a body."""

    kind: str


@dataclass
class DtypePart:
    """A dtype. code: such as "f8"; order: "<", ">", "|" or "="."""

    code: str
    order: str = "="


@dataclass
class ArrayPart:
    """An array before and after its state came. array is None for arrays of objects, which are never looked at."""

    array: NDArray[Any] | None = None


@dataclass
class ObjectPart:
    """An object of a known class (sparse matrix, chumpy) with its state."""

    name: Name
    state: dict[Any, Any] = field(default_factory=dict)


def known_name(module: str, name: str, file: str) -> Name:
    """The name as a symbol. Raises UnsafeModel for every name but those that files of arrays need."""
    kind = KNOWN.get((module, name))
    if kind is None:
        wanted = f"{module}.{name}"[:80]
        raise UnsafeModel(
            f"{file} asks for {wanted}, which no model file needs.",
            "Delete this file, and download the model again from its own site.",
        )
    return Name(kind)


def called(target: Any, arguments: Any, file: str) -> Any:
    """What the call of a known name would answer, built by us. Raises UnsafeModel for calls of anything else."""
    if not isinstance(target, Name) or not isinstance(arguments, tuple):
        raise UnsafeModel(f"{file} calls something that it made itself.", "Delete this file; it is not a model.")
    kind = target.kind
    if kind == "reconstruct":
        return ArrayPart()
    if kind == "dtype":
        return DtypePart(_text(arguments[0]))
    if kind == "scalar":
        return _from_bytes(_dtype(arguments[0]), (), arguments[1], fortran=False).array
    if kind == "frombuffer":
        return _from_bytes(_dtype(arguments[1]), arguments[2], arguments[0], fortran=arguments[3] == "F")
    if kind == "encode" and _text(arguments[1]) in ("latin1", "latin-1"):
        return _text(arguments[0]).encode("latin1")
    if kind == "set":
        return Opaque("set")
    if kind == "reconstructor" and isinstance(arguments[0], Name):
        return ObjectPart(arguments[0])
    raise UnsafeModel(f"{file} makes something that is no array.", "Delete this file; it is not a model.")


def built(target: ArrayPart | DtypePart | ObjectPart | Opaque, state: Any) -> None:
    """Give a part its state; raises ValueError for states that cannot be."""
    if isinstance(target, DtypePart):
        if state[2] is not None or state[3] is not None:
            target.code = "O"  # a record: never looked at
        target.order = _text(state[1])
    elif isinstance(target, ArrayPart):
        _, shape, dtype, fortran, data = state
        target.array = _from_bytes(_dtype(dtype), shape, data, fortran=bool(fortran)).array
    elif isinstance(target, ObjectPart):
        if isinstance(state, tuple) and state and isinstance(state[0], dict):
            state = state[0]
        if isinstance(state, dict):
            target.state.update(state)


def array_of(value: Any) -> NDArray[Any] | None:
    """The array that a part stands for; None for anything else. Raises ValueError for parts that contradict
    themselves.
    """
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, ArrayPart):
        return value.array
    if isinstance(value, ObjectPart):
        if value.name.kind in ("csc", "csr"):
            return _dense(value.state, value.name.kind)
        if value.name.kind == "chumpy":
            return _stored(value.state.get("x"))
        if value.name.kind == "select":
            return _selected(value.state)
    return None


def _stored(value: Any) -> NDArray[Any] | None:
    """An array that is stored as such: what may lie inside another part, so that no part can hold itself."""
    if isinstance(value, ObjectPart) and value.name.kind == "chumpy":
        value = value.state.get("x")
    return value.array if isinstance(value, ArrayPart) else value if isinstance(value, np.ndarray) else None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _dtype(part: Any) -> np.dtype[Any] | None:
    """The dtype of numbers and truth values; None for objects and anything else."""
    if not isinstance(part, DtypePart):
        raise ValueError("not a dtype")
    if len(part.code) != 2 or part.code[0] not in "fiub" or part.code[1] not in "1248" or part.order not in "<>|=":
        return None
    return np.dtype(part.code).newbyteorder("=" if part.order == "|" else part.order)  # type: ignore[arg-type]


def _from_bytes(dtype: np.dtype[Any] | None, shape: Any, data: Any, *, fortran: bool) -> ArrayPart:
    """An array over bytes of the file: what a shape promises beyond them is refused before anything is made."""
    if dtype is None:
        return ArrayPart(None)
    if isinstance(data, str):
        data = data.encode("latin1")
    if not isinstance(data, bytes | bytearray) or not isinstance(shape, tuple) or len(shape) > 8:
        raise ValueError("not an array")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise ValueError("not a shape")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError("the shape does not fit the bytes")
    return ArrayPart(np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C"))


def _dense(state: dict[Any, Any], kind: str) -> NDArray[Any]:
    """A compressed sparse matrix, made dense."""
    shape = state.get("_shape", state.get("shape"))
    values, inner, starts = (_stored(state.get(key)) for key in ("data", "indices", "indptr"))
    if values is None or inner is None or starts is None or not isinstance(shape, tuple) or len(shape) != 2:
        raise ValueError("not a sparse matrix")
    rows, columns = shape if kind == "csr" else shape[::-1]
    if not (type(rows) is int and type(columns) is int and rows > 0 and columns > 0 and rows * columns <= MAX_DENSE):
        raise ValueError("too large a matrix")
    if inner.dtype.kind not in "iu" or starts.dtype.kind not in "iu":
        raise ValueError("not a sparse matrix")
    inner, starts = inner.astype(np.int64), starts.astype(np.int64)
    if starts.shape != (rows + 1,) or values.shape != inner.shape or inner.ndim != 1:
        raise ValueError("not a sparse matrix")
    counts = np.diff(starts)
    if starts[0] != 0 or (counts < 0).any() or starts[-1] != len(inner):
        raise ValueError("not a sparse matrix")
    if len(inner) and not (inner.min() >= 0 and inner.max() < columns):
        raise ValueError("not a sparse matrix")
    full = np.zeros((rows, columns), values.dtype)
    np.add.at(full, (np.repeat(np.arange(rows), counts), inner), values)
    return full if kind == "csr" else full.T


def _selected(state: dict[Any, Any]) -> NDArray[Any] | None:
    """Chumpy's Select: some entries of another array in a shape of their own."""
    source, places, shape = _stored(state.get("a")), _stored(state.get("idxs")), state.get("preferred_shape")
    if source is None or places is None:
        return None
    if places.dtype.kind not in "iu" or places.size > source.size or not isinstance(shape, tuple | None):
        raise ValueError("not a selection")
    if places.size and not 0 <= places.min() <= places.max() < source.size:
        raise ValueError("not a selection")
    chosen = source.ravel()[places.ravel()]
    return chosen if shape is None else chosen.reshape(shape)
