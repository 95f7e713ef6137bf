"""Waits, reports, and writes as many bytes as it was asked for."""

from __future__ import annotations

import random
import struct
import time
import zlib
from pathlib import Path

from ...errors import BadInput
from ..base import EngineResult, JobContext, ProducedFile
from . import NoopParams

_CHECK_EVERY_S = 0.05
_CHUNK = 1 << 20
_PREVIEW_PIXELS = 64


def run(context: JobContext, params: NoopParams) -> EngineResult:
    """Do nothing for ``params.seconds``, in ``params.steps`` steps. The same seed writes the same bytes."""
    started = time.monotonic()
    for step in range(params.steps):
        context.progress(step / params.steps, f"step {step + 1} of {params.steps}")
        if params.preview:
            context.preview(progress_png((step + 1) / params.steps))
        _wait_until(context, started + params.seconds * (step + 1) / params.steps)
    if params.fail:
        raise BadInput("The diagnostic job was asked to fail.", "Leave out the parameter fail.")
    files = []
    if params.result_bytes:
        _write_bytes(context, context.out_dir / "result.bin", params.result_bytes, params.seed)
        files.append(ProducedFile("result.bin", "data", "application/octet-stream"))
    context.log(f"did nothing for {params.seconds:g} s")
    return EngineResult(tuple(files), data={"seconds": params.seconds, "steps": params.steps})


def _wait_until(context: JobContext, moment: float) -> None:
    context.check_cancelled()
    while (left := moment - time.monotonic()) > 0:
        time.sleep(min(left, _CHECK_EVERY_S))
        context.check_cancelled()


def _write_bytes(context: JobContext, path: Path, size: int, seed: int) -> None:
    source = random.Random(seed)
    with path.open("wb") as stream:
        while size:
            context.check_cancelled()
            chunk = source.randbytes(min(size, _CHUNK))
            stream.write(chunk)
            size -= len(chunk)


def progress_png(fraction: float) -> bytes:
    """A 64 × 64 greyscale PNG whose left part, as wide as the fraction, is light (PNG, ISO/IEC 15948, clause 5)."""
    size = _PREVIEW_PIXELS
    filled = round(size * fraction)
    row = b"\x00" + b"\xe0" * filled + b"\x40" * (size - filled)
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * size)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, body) for kind, body in chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
