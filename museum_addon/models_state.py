"""What the Models and Memory panels show: the session's, not the file's, for models belong to the computer."""

from __future__ import annotations

from dataclasses import dataclass, field

from .client import messages
from .core.jobs import Job
from .core.models import PULL, TASK, Listing, model_of
from .core.resources import Resources


@dataclass
class ModelsState:
    """listing, resources: None before the backend said. jobs: model or use -> the job that was asked for last. sent:
    keys of requests on their way -> what they ask for. opened: the use that is unfolded. agreed: ids of licences that
    the user ticked. trouble: model or use, empty for all of them -> sentence and fix. rendering: whether Blender
    renders and models were asked to stay out. asked_at: when the backend was asked last what is in memory, by the
    performance counter.
    """

    listing: Listing | None = None
    resources: Resources | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    opened: str = ""
    agreed: set[str] = field(default_factory=set)
    trouble: dict[str, tuple[str, str]] = field(default_factory=dict)
    rendering: bool = False
    asked_at: float = 0.0

    def take(self, message: messages.Message) -> bool:
        """Note what a message says of models; whether it was about them."""
        match message:
            case messages.ModelsListed():
                self.listing = message.listing
                self.trouble.pop("", None)
            case messages.ResourcesListed():
                self.resources = message.resources
            case messages.ModelsTrouble():
                self.trouble[message.name] = (message.message, message.fix)
            case messages.JobUpdated() | messages.JobSubmitted() if message.job.task == TASK:
                self._note(message.job)
            case messages.SubmitFailed() if message.idempotency_key in self.sent:
                self.trouble[self.sent.pop(message.idempotency_key)] = (message.message, message.fix)
            case messages.ActionFailed() if self.name_of(message.job_id):
                self.trouble[self.name_of(message.job_id)] = (message.message, message.fix)
            case messages.JobUnknown() if self.name_of(message.job_id):
                self.jobs.pop(self.name_of(message.job_id))
            case _:
                return False
        return True

    def name_of(self, job_id: str) -> str:
        """The model or use that a job is about; empty when it is none of these jobs."""
        return next((name for name, job in self.jobs.items() if job.id == job_id), "")

    def active(self, name: str) -> Job | None:
        """The job about this model or use that has not ended."""
        job = self.jobs.get(name)
        return job if job is not None and not job.state.ended else None

    def busy(self, name: str) -> bool:
        """Whether something is being done about this model or use."""
        return self.active(name) is not None or name in self.sent.values()

    def touched(self, model_id: str) -> bool:
        """Whether something is being done about this model, alone or together with others."""
        names = {name for name, job in self.jobs.items() if not job.state.ended} | set(self.sent.values())
        listing = self.listing or Listing()
        return any(model.id == model_id for name in names for model in listing.meant(name))

    def problem(self, name: str) -> tuple[str, str]:
        """What went wrong last with this model or use, and what to do; empty when nothing did."""
        job = self.jobs.get(name)
        if name in self.trouble:
            return self.trouble[name]
        if job is None or not job.error_message or self._mended(name, job):
            return "", ""
        return job.error_message, job.error_fix

    def forget(self) -> None:
        """Another backend, or none. What the user unfolded and agreed to stays."""
        opened, agreed = self.opened, self.agreed
        self.__init__()  # type: ignore[misc]
        self.opened, self.agreed = opened, agreed

    def _mended(self, name: str, job: Job) -> bool:
        """Whether what could not be fetched is here all the same by now."""
        models = self.listing.meant(name) if self.listing is not None else ()
        return job.engine == PULL and bool(models) and all(model.state == "ready" for model in models)

    def _note(self, job: Job) -> None:
        name = model_of(job)
        former = self.jobs.get(name)
        if former is None or former.id == job.id or former.created <= job.created:
            self.jobs[name] = job
        self.sent.pop(job.idempotency_key, None)
        if not job.state.ended:
            self.trouble.pop(name, None)
