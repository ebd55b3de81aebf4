"""One way to come to the trials that a claim needs: so many distinct samples, each run so often."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

EPOCHS = (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class Design:
    """Distinct samples and epochs that are worth the trials needed."""

    epochs: int
    samples: int
    """Distinct ones, in each arm."""

    arms: int
    effective: float
    """Independent trials that they are worth in each arm, at the declared correlation."""

    @property
    def trials(self) -> int:
        """In all arms together."""
        return self.arms * self.samples * self.epochs


def design(n: int, epochs: int, correlation: float, arms: int = 1) -> Design:
    """The fewest samples that are worth n independent trials when each is run so often.

    Epochs of one sample are correlated, so the trials are divided by the design effect (Kish 1965, Survey Sampling).
    Raises ValueError unless epochs > 0 and 0 <= correlation <= 1.
    """
    samples = ceil(n / worth(1, epochs, correlation) - 1e-9)
    return Design(epochs, samples, arms, worth(samples, epochs, correlation))


def epochs_for(n: int, samples: int, correlation: float) -> int | None:
    """The fewest epochs with which so many distinct samples are worth n independent trials; None if none are enough.

    However many epochs, a sample is never worth more than 1 / correlation independent trials.
    """
    if samples >= n:
        return 1
    spare = samples - n * correlation
    return ceil(n * (1 - correlation) / spare - 1e-9) if spare > 1e-9 else None


def most(samples: int, correlation: float) -> float | None:
    """What so many distinct samples are worth at most, in independent trials; None where epochs are independent."""
    return samples / correlation if correlation else None


def worth(samples: int, epochs: int, correlation: float) -> float:
    """The independent trials that so many samples, each run so often, are worth: `clustered.effective` of equal sizes.

    Raises ValueError unless epochs > 0 and 0 <= correlation <= 1.
    """
    if epochs < 1:
        raise ValueError(f"{epochs} epochs: each sample runs once or more")
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation {correlation:g} is not between 0 and 1")
    return samples * epochs / (1 + (epochs - 1) * correlation)
