"""Figures of the backend server: how fast it starts, how small it stays, what a job costs, whether any is lost.

Needs requests and psutil; the server runs under MUSEUM_BACKEND_PYTHON (this Python if unset).
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import requests

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from devtools.server_process import ServerProcess  # noqa: E402 (found by the line above when run as a script)

Figure = dict[str, Any]
STARTS = 5
JOBS_ONE_BY_ONE = 100
JOBS_AT_ONCE = 1000
CLIENTS = 16


def figure(name: str, target: str, value: float, unit: str, passed: bool, note: str = "") -> Figure:
    """One row of the table."""
    return {"name": name, "target": target, "value": value, "unit": unit, "passed": passed, "note": note}


def start_and_size(python: str = "") -> list[Figure]:
    """From launching the process to its handshake, and the memory of the server process after a job."""
    starts, sizes = [], []
    # The first start compiles byte code, which an installed backend has done.
    for _ in range(STARTS + 1):
        with tempfile.TemporaryDirectory() as folder, ServerProcess(_python(python), Path(folder)) as server:
            starts.append(server.start_s)
            server.wait(server.submit()["id"])
            sizes.append(psutil.Process(server.process.pid).memory_info().rss / 1e6)
    start, size = statistics.median(starts[1:]), max(sizes)
    return [
        figure("server start to handshake", "≤ 1 s", round(start, 3), "s", start <= 1.0, f"median of {STARTS}"),
        figure("server memory", "≤ 150 MB", round(size, 1), "MB", size <= 150.0, "resident, after a job"),
    ]


def no_op_latency(python: str = "") -> list[Figure]:
    """From sending POST /v1/jobs to having read the job's end from the event stream, one job after the other."""
    with tempfile.TemporaryDirectory() as folder, ServerProcess(_python(python), Path(folder)) as server:
        for _ in range(5):
            server.wait(server.submit()["id"])
        times = []
        with server.listening("/v1/events") as stream:
            for _ in range(JOBS_ONE_BY_ONE):
                start = time.perf_counter()
                job_id = server.submit()["id"]
                next(event for event in stream if event["event"] == "end" and event["data"]["job_id"] == job_id)
                times.append((time.perf_counter() - start) * 1000.0)
    median, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    note = f"{JOBS_ONE_BY_ONE} jobs"
    return [
        figure("no-op job, POST to result, median", "≤ 50 ms", round(median, 1), "ms", median <= 50.0, note),
        figure("no-op job, POST to result, 95th percentile", "", round(slow, 1), "ms", True, note),
    ]


def thousand_jobs(python: str = "", jobs: int = JOBS_AT_ONCE) -> list[Figure]:
    """Many jobs from 16 clients at the same time: none lost, each run once."""
    with tempfile.TemporaryDirectory() as folder, ServerProcess(_python(python), Path(folder)) as server:
        ends: list[str] = []
        with server.listening("/v1/events") as stream:
            start = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as clients:
                parts = clients.map(lambda first: _submitted(server, range(first, jobs, CLIENTS)), range(CLIENTS))
                ids = [job_id for part in parts for job_id in part]
            posted = time.perf_counter() - start
            while len(ends) < jobs:
                event = next(stream)
                if event["event"] == "end":
                    ends.append(event["data"]["job"]["id"])
            taken = time.perf_counter() - start
        listed = server.json("GET", "/v1/jobs?limit=1000")["jobs"]
    once = sum(1 for job in listed if (job["state"], job["attempt"]) == ("succeeded", 1))
    lost = len(set(ids)) - len(set(ids) & set(ends))
    right = lost == 0 and len(ends) == len(set(ends)) == len(set(ids)) == jobs and once == min(jobs, 1000)
    note = f"{CLIENTS} clients, accepted in {posted:.1f} s, run once: {once}"
    return [
        figure(f"{jobs:,} no-op jobs, lost", "0", lost, "jobs", right, note),
        figure(f"{jobs:,} no-op jobs, all done", "", round(taken, 2), "s", True, f"{jobs / taken:.0f} jobs a second"),
    ]


def _submitted(server: ServerProcess, seeds: range) -> list[str]:
    """One client: its jobs, one request after the other on one connection."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {server.token}"
        ids = []
        for seed in seeds:
            body = {"task": "diagnostic", "engine": "noop", "params": {"seed": seed}, "idempotency_key": f"job-{seed}"}
            answer = session.post(server.url + "/v1/jobs", json=body, timeout=60)
            answer.raise_for_status()
            ids.append(answer.json()["id"])
        return ids


def _python(given: str) -> str:
    return given or os.environ.get("MUSEUM_BACKEND_PYTHON") or sys.executable


def main() -> None:
    """Measure everything and print JSON."""
    print(json.dumps([*start_and_size(), *no_op_latency(), *thousand_jobs()], ensure_ascii=False))


if __name__ == "__main__":
    main()
