"""What the demonstration made: GLBs under readable names, demo.json, and a table for the terminal."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

GLB_FOLDER = "glb"


def collect(museum: SimpleNamespace, out: Path) -> list[dict[str, Any]]:
    """Copy each job's GLB, named by accession number, and gather what is known of it."""
    import bpy

    scene = bpy.context.scene
    folder = out / GLB_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    records = {row.job_key: row for row in scene.museum.collection.records if row.job_key}
    paths = museum.paths.DataPaths(museum.data)
    found = []
    for job in scene.museum.jobs:
        record = records[job.name]
        entry = {
            "accession_number": record.accession_number,
            "title": record.name,
            "date": record.date,
            "years": [record.earliest if record.has_earliest else None, record.latest if record.has_latest else None],
            "medium": record.medium,
            "seconds": round(job.elapsed, 2),
            "error": f"{job.error} {job.fix}".strip(),
            "record_warnings": [line for line in record.warnings.split("\n") if line],
        }
        if job.imported:
            entry.update(_result(paths.result_folder(job.job_id), folder, record.accession_number))
        found.append(entry)
    return found


def _result(source: Path, folder: Path, accession_number: str) -> dict[str, Any]:
    result = json.loads((source / "result.json").read_text(encoding="utf-8"))
    data = result["data"]
    model = next(file for file in result["files"] if file["role"] == "model")
    name = f"{plain_name(accession_number)}.glb"
    shutil.copyfile(source / model["name"], folder / name)
    return {
        "glb": f"{GLB_FOLDER}/{name}",
        "type": data.get("type"),
        "material": data.get("material"),
        "size_m": data.get("size_m"),
        "triangles": data.get("triangles"),
        "neutral": data.get("neutral", False),
        "warnings": data.get("warnings", []),
        "paradata": result["paradata"],
    }


def plain_name(text: str) -> str:
    """A file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._") or "object"


def write_report(out: Path, report: dict[str, Any]) -> None:
    """Everything that is known, as demo.json."""
    (out / "demo.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def print_table(out: Path, report: dict[str, Any]) -> None:
    """What was made, how long each took, and where it lies."""
    print(f"\n{'accession':<16}{'title':<34}{'made as':<22}{'cm (w x d x h)':<22}{'triangles':>10}{'s':>7}  file")
    for entry in report["objects"]:
        print(table_row(entry))
    neutral = sum(bool(entry.get("neutral")) for entry in report["objects"])
    times = ", ".join(f"{name} {value:g} s" for name, value in report["seconds"].items())
    print(f"\n{report['made']} of {report['asked']} records became objects; {neutral} of them neutral volumes.")
    print_doubts(report)
    print(f"Time: {times}")
    for name, what in (
        ("demo.png", "the picture"), ("demo.blend", "the scene"), (GLB_FOLDER, "one GLB an object"),
        ("demo.json", "this table with the paradata"), ("blender.log", "what Blender said"),
    ):  # fmt: skip
        if (out / name).exists():
            print(f"  {out / name}  {what}")


def print_doubts(report: dict[str, Any]) -> None:
    """What was doubtful in the records, and what the engine noticed."""
    doubts = [
        (entry["accession_number"], sentence)
        for entry in report["objects"]
        for sentence in (*entry["record_warnings"], *entry.get("warnings", ()))
    ]
    doubts += [("", line) for line in report["problems"]]
    if doubts:
        print("\nDoubtful:")
    for number, sentence in doubts:
        print(f"  {number:<16}{sentence}")
    if doubts:
        print()


def table_row(entry: dict[str, Any]) -> str:
    """One line of the table."""
    number, title = entry["accession_number"][:15], entry["title"][:32]
    if "glb" not in entry:
        return f"{number:<16}{title:<34}{entry['error'] or 'not made'}"
    kind = f"{entry['type']}, {entry['material']}" + (" *" if entry["neutral"] else "")
    size = " x ".join(f"{side * 100:.1f}" for side in entry["size_m"])
    numbers = f"{entry['triangles']:>10,}{entry['seconds']:>7.1f}"
    return f"{number:<16}{title:<34}{kind[:21]:<22}{size:<22}{numbers}  {entry['glb']}"
