"""What the repair line did, in sentences for people."""

from __future__ import annotations

from .contract import RepairReport


def sentences(report: RepairReport) -> tuple[str, ...]:
    """One for each thing that was done; none when nothing had to be."""
    found = []
    if report.unusable:
        found.append(f"{_many(report.unusable, 'face')} left out: without area, upon another, or without a place.")
    if report.dropped:
        found.append(f"{_many(report.dropped, 'loose part')} dropped.")
    if report.edges_split:
        found.append(f"{_many(report.edges_split, 'edge')} with more than two faces cut apart.")
    if report.flipped:
        found.append(f"{_many(report.flipped, 'face')} turned to look outward.")
    if report.holes:
        found.append(f"{_many(report.holes, 'hole')} filled.")
    if report.sheets:
        found.append(f"{_many(report.sheets, 'sheet')} without thickness made thin solids.")
    if report.to_triangles < report.from_triangles - report.unusable:
        found.append(f"Decimated from {report.from_triangles:,} to {report.to_triangles:,} triangles.")
    if not report.coloured:
        found.append("The mesh brought no colours: its texture is plain grey.")
    return tuple(found)


def _many(count: int, noun: str) -> str:
    return f"1 {noun} was" if count == 1 else f"{count:,} {noun}s were"
