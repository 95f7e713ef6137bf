"""Folders in which jobs keep, between attempts, what a retry can go on from."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from . import records
from .store import JobStore


class KeptFolders:
    """One folder a job, below ``root``, made by the job that wants it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def of(self, job_id: str) -> Path:
        """Where this job keeps what it has. It may not be there."""
        return self._root / job_id

    def forget(self, job_id: str) -> None:
        """The job succeeded, or nobody wants it any more."""
        shutil.rmtree(self.of(job_id), ignore_errors=True)

    def sweep(self, store: JobStore, older_than_s: float) -> None:
        """Forget what belongs to no job that may go on, and to failed jobs that nobody retried for so long."""
        if not self._root.is_dir():
            return
        folders = [folder for folder in self._root.iterdir() if folder.is_dir()]
        jobs = {job.id: job for job in store.listed(ids=[folder.name for folder in folders], limit=len(folders) or 1)}
        for folder in folders:
            job = jobs.get(folder.name)
            wanted = job is not None and (job.state not in records.ENDED or _recently_failed(job, older_than_s))
            if not wanted:
                self.forget(folder.name)


def _recently_failed(job: records.Job, older_than_s: float) -> bool:
    return job.state == records.FAILED and (job.finished or 0.0) > time.time() - older_than_s
