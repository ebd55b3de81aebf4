"""Inspect's own checks of what any sandbox provider must do, on a pod of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from inspect_ai.util import SandboxEnvironment
from inspect_ai.util._sandbox.self_check import *  # noqa: F403

from gyges.sandbox.provider.environment import PodEnvironment
from gyges.sandbox.provider.pods import Pod, started
from gyges.sandbox.provider.spec import COMPOSE

pytestmark = [pytest.mark.pod, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def running() -> Iterator[Pod]:
    with started(3) as pod:
        yield pod


@pytest.fixture
def loose(tmp_path: Path) -> Iterator[Pod]:
    """A pod whose root adds users: the shipped one's cannot, on purpose."""
    declared = yaml.safe_load(COMPOSE.read_text())
    declared["services"]["default"] |= {"read_only": False, "cap_drop": []}
    compose = tmp_path / "compose.yaml"
    compose.write_text(yaml.safe_dump(declared))
    pod = Pod.start(3, compose)
    yield pod
    pod.remove()


@pytest.fixture
def sandbox_env(request: pytest.FixtureRequest) -> SandboxEnvironment:
    """The agent's container of one pod for all checks; the check that adds a user has a looser one."""
    adds_user = request.node.originalname == "test_exec_as_user"
    pod: Pod = request.getfixturevalue("loose" if adds_user else "running")
    return PodEnvironment(pod)
