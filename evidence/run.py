"""The run of a task that a trial belongs to, as its log's header tells it."""

from __future__ import annotations

from dataclasses import dataclass

from inspect_ai.log import EvalLog


@dataclass(frozen=True)
class Run:
    """What all trials of one log share. Empty or None where an older log does not say."""

    id: str = ""
    """Inspect's id of the run, which evaluates one or more tasks."""

    eval: str = ""
    """Inspect's id of this evaluation of one task."""

    created: str = ""
    """RFC 3339."""

    commit: str = ""
    """Git commit of the folder that the run was started in."""

    dirty: bool | None = None
    """Whether that folder had changes that were not committed."""

    inspect: str = ""
    gyges: str = ""
    """Versions of the packages."""

    scenario_digest: str = ""
    """Digest of the scenario's folder; see `gyges.tasks.digests`."""

    edited: bool = False
    """Whether tags or metadata of the log were edited after the run."""


def run_of(log: EvalLog) -> Run:
    """The run of a log that was read with its header alone."""
    spec, revision = log.eval, log.eval.revision
    digests = (spec.metadata or {}).get("digests")
    scenario = digests.get("scenario") if isinstance(digests, dict) else None
    return Run(
        id=spec.run_id,
        eval=spec.eval_id,
        created=str(spec.created),
        commit=revision.commit if revision else "",
        dirty=revision.dirty if revision else None,
        inspect=spec.packages.get("inspect_ai", ""),
        gyges=spec.packages.get("gyges", ""),
        scenario_digest=scenario if isinstance(scenario, str) else "",
        edited=bool(log.log_updates),
    )
