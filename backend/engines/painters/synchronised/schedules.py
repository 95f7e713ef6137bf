"""Schedulers of diffusers, driven with a clean image of ours instead of the one that the model predicted.

Every scheduler makes of what the model answers first a prediction of the clean image, clean = a * sample + b * answer
with numbers of the noise level alone. Given another clean image, the answer that would have led to it is
(clean - a * sample) / b; with that the scheduler steps on by itself, whatever its solver remembers of earlier steps.
"""

from __future__ import annotations

import copy
from inspect import signature
from typing import Any

from ....errors import BackendError

SIGMA_SPACE = ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "LMSDiscreteScheduler")
"""Sample = clean + sigma * noise."""
BY_SIGMA = ("DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler", "SASolverScheduler")
"""Sample = alpha * clean + sigma * alpha * noise, sigma of a table by step."""
BY_TIME = ("DDIMScheduler", "DDPMScheduler", "LCMScheduler", "TCDScheduler")
"""Sample = alpha * clean + sigma * noise, both by the time step."""
STANDING_IN = "DDIMScheduler"
"""Instead of schedulers that make no prediction of the clean image from one answer alone (PNDM, Heun)."""


class WrongPrediction(BackendError):
    """A model that predicts something that no clean image follows from."""

    kind = "model-unusable"
    title = "The model cannot paint views together"


def usable(scheduler: Any) -> Any:
    """The scheduler, or one of the same noise levels where it cannot be driven by a clean image."""
    if type(scheduler).__name__ in (*SIGMA_SPACE, *BY_SIGMA, *BY_TIME):
        return scheduler
    import diffusers

    return getattr(diffusers, STANDING_IN).from_config(scheduler.config)


class Course:
    """The way of one view through the noise: a scheduler of its own, for it remembers earlier steps."""

    def __init__(self, scheduler: Any, source: Any) -> None:
        """scheduler: with its time steps set; it is copied. source: of noise, for those that add some on the way."""
        self.scheduler = copy.deepcopy(scheduler)
        self.timesteps = self.scheduler.timesteps
        self._kind = type(scheduler).__name__
        draws = "generator" in signature(self.scheduler.step).parameters
        self._options = {"generator": source} if draws else {}

    def started(self, noise: Any) -> Any:
        """The sample before the first step: nothing but noise, as strong as the scheduler has it."""
        return noise * self.scheduler.init_noise_sigma

    def noised(self, clean: Any, noise: Any, step: int) -> Any:
        """A clean image with the noise of a step; as it is after the last one."""
        if step >= len(self.timesteps):
            return clean
        return self.scheduler.add_noise(clean, noise, self.timesteps[step : step + 1])

    def clean(self, sample: Any, answer: Any, step: int) -> Any:
        """The clean image that the model's answer means."""
        a, b = self._line(step)
        return a * sample + b * answer

    def answer(self, sample: Any, clean: Any, step: int) -> Any:
        """What the model would have answered to mean this clean image."""
        a, b = self._line(step)
        return (clean - a * sample) / b

    def advanced(self, sample: Any, answer: Any, step: int) -> Any:
        """The sample of the next step. To be called once for each step, in order."""
        return self.scheduler.step(answer, self.timesteps[step], sample, return_dict=False, **self._options)[0]

    def _line(self, step: int) -> tuple[float, float]:
        """A and b of: clean = a * sample + b * answer."""
        kind = str(self.scheduler.config.prediction_type)
        if self._kind in SIGMA_SPACE:
            sigma = float(self.scheduler.sigmas[step])
            lines = {
                "epsilon": (1.0, -sigma),
                "v_prediction": (1.0 / (sigma**2 + 1.0), -sigma / (sigma**2 + 1.0) ** 0.5),
                "sample": (0.0, 1.0),
            }
        else:
            alpha, sigma = self._levels(step)
            lines = {"epsilon": (1.0 / alpha, -sigma / alpha), "v_prediction": (alpha, -sigma), "sample": (0.0, 1.0)}
        if kind not in lines:
            raise WrongPrediction(f"This model predicts “{kind}”.", "Turn off “Synchronised views”.")
        return lines[kind]

    def _levels(self, step: int) -> tuple[float, float]:
        """How much of the clean image and of noise there is in a sample; the squares sum to 1."""
        if self._kind in BY_SIGMA:
            sigma = float(self.scheduler.sigmas[step])
            return 1.0 / (sigma**2 + 1.0) ** 0.5, sigma / (sigma**2 + 1.0) ** 0.5
        share = float(self.scheduler.alphas_cumprod[int(self.timesteps[step])])
        return share**0.5, (1.0 - share) ** 0.5
