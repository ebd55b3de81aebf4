"""The Docker Engine: its client, and how much is asked of it at a time."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import docker
from docker.errors import DockerException
from docker.utils import kwargs_from_env
from requests import ConnectionError as NoConnection

from .spec import PodError

API_VERSION = "1.43"
"""Of Docker Engine 24, the oldest that Inspect accepts."""

SECONDS = 60
"""How long the engine may take for one request."""

AT_A_TIME = threading.BoundedSemaphore(max(4, 2 * (os.cpu_count() or 1)))
"""Held while the engine starts or removes something. More at a time does not make it faster, only each wait longer."""

PATIENCE = 20.0
"""Seconds for which an engine that does not answer is asked again: it may be starting anew."""

T = TypeVar("T")
_local = threading.local()


def client() -> docker.APIClient:
    """This thread's own client.

    Raises:
        PodError: No engine is configured.
    """
    if not hasattr(_local, "client"):
        try:
            _local.client = docker.APIClient(**kwargs_from_env(), version=API_VERSION, timeout=SECONDS)
        except DockerException as error:
            raise PodError(f"no Docker Engine: {error}. Run: gyges doctor") from error
    found: docker.APIClient = _local.client
    return found


def create(config: Mapping[str, Any]) -> str:
    """Creates a container from a body of `ContainerCreate`, and gives its id."""
    created = client().create_container_from_config(config)  # type: ignore[no-untyped-call]
    return str(created["Id"])


def patiently(ask: Callable[[], T]) -> T:
    """What the engine answers, asked again while there is no connection to it. Only for what may be asked twice."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except NoConnection:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
