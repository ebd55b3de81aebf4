"""The Docker Engine: its client, and how much is asked of it at a time."""

import os
import threading
from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from .spec import PodError

API_VERSION = "1.43"
"""Of Docker Engine 24, the oldest that Inspect accepts."""

SECONDS = 60
"""How long the engine may take for one request."""

AT_A_TIME = threading.BoundedSemaphore(max(4, 2 * (os.cpu_count() or 1)))
"""Held while the engine starts or removes something. More at a time does not make it faster, only each wait longer."""

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
