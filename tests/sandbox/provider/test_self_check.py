"""Inspect's own checks of what any sandbox provider must do, on a pod of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from inspect_ai.util import SandboxEnvironment
from inspect_ai.util._sandbox.self_check import *  # noqa: F403

from gyges.sandbox.provider.environment import PodEnvironment
from gyges.sandbox.provider.pods import Pod, started

pytestmark = [pytest.mark.pod, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def running() -> Iterator[Pod]:
    with started(3) as pod:
        yield pod


@pytest.fixture
async def sandbox_env(running: Pod) -> AsyncIterator[SandboxEnvironment]:
    """The agent's container of one pod for all checks."""
    yield PodEnvironment(running)
