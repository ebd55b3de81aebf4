"""Many logs read as one: each sample counts once, and what could not be read is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from .calibration import Calibration
from .log_file import log_files
from .trial import Trial, Unreadable
from .trials import read_contents


@dataclass(frozen=True)
class Reading:
    """What a set of logs holds."""

    trials: tuple[Trial, ...]
    """Each planned sample and epoch of each task run once; of a run and its retries, the last."""

    unreadable: tuple[Unreadable, ...]
    repeated: int
    """Samples that stand in more than one log (a copy, a rescored log, a retry); the newest file's counts."""

    disputed: int
    """Those of them whose verdict differs between the logs."""

    files: int
    calibrations: tuple[Calibration, ...] = ()
    """How judges did on labelled cases, the newest last."""

    def matching(self, model: str = "*", scenario: str = "*") -> Reading:
        """The same with those trials alone whose model and scenario match shell wildcards."""
        chosen = (it for it in self.trials if fnmatchcase(it.model, model) and fnmatchcase(it.scenario, scenario))
        return replace(self, trials=tuple(chosen))


Progress = Callable[[float, int], None]
"""Told, now and then, how many logs have been read, and of how many."""


def read_trials(paths: Iterable[Path], progress: Progress = lambda *_: None) -> Reading:
    """All trials in `paths`: files, or folders and all that lies in them. Raises NoLogsError when there is no log."""
    kept: dict[tuple[str, str, int], Trial] = {}
    unreadable: list[Unreadable] = []
    calibrations: list[Calibration] = []
    repeated = disputed = 0
    files = sorted(log_files(paths), key=lambda path: (path.stat().st_mtime, path.name))
    for nth, path in enumerate(files):
        contents = read_contents(path, partial(_share_of, progress, nth, len(files)))
        unreadable += [contents.problem] if contents.problem else []
        calibrations += [contents.calibration] if contents.calibration else []
        for trial in contents.trials:
            key = (trial.task, trial.sample, trial.epoch)
            known = kept.get(key)
            if known is None or known.status == "not_run":
                kept[key] = trial
            elif trial.status != "not_run":
                repeated += 1
                disputed += known.scored and trial.scored and known.disputes(trial)
                kept[key] = trial
    progress(len(files), len(files))
    return Reading(tuple(kept.values()), tuple(unreadable), repeated, disputed, len(files), tuple(calibrations))


def _share_of(progress: Progress, before: int, files: int, share: float) -> None:
    progress(before + share, files)
