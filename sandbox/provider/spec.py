"""`compose.yaml` as the Docker Engine API takes it: the one declaration of a pod's containers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

COMPOSE = Path(__file__).resolve().parent.parent / "compose.yaml"
AGENT, WITNESS = "default", "witness"
"""The two services, by the names that Inspect and the compose file give them."""

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SKIPPED = {"depends_on", "healthcheck", "network_mode", "stop_grace_period"}
"""What the provider does itself: it starts the containers in order and asks them whether they are ready."""

Config = dict[str, Any]


class PodError(Exception):
    """A pod did not start, or did not do what it was told; the message has the end of what was printed."""


def containers(compose: Path = COMPOSE) -> Mapping[str, Config]:
    """Body of the Engine API's `ContainerCreate` for each of the two services, `HostConfig` included.

    Raises:
        PodError: The file declares something that this module does not know, or other services.
    """
    return _containers(compose, compose.stat().st_mtime_ns)


@cache
def _containers(compose: Path, _: int) -> Mapping[str, Config]:
    services = yaml.safe_load(compose.read_text(encoding="utf-8"))["services"]
    if set(services) != {AGENT, WITNESS}:
        raise PodError(f"{compose} declares {sorted(services)}; a pod has the services {AGENT} and {WITNESS}")
    return {name: _container(name, declared, compose) for name, declared in services.items()}


def _container(name: str, declared: Mapping[str, Any], compose: Path) -> Config:
    config: Config = {"HostConfig": {}}
    for key, value in declared.items():
        if key in _SKIPPED or key.startswith("x-"):
            continue
        if key not in _KEYS:
            raise PodError(
                f"{compose}: service {name} has `{key}`, which the provider does not know; known: {_known()}"
            )
        where, field, read = _KEYS[key]
        (config["HostConfig"] if where == "host" else config)[field] = read(value)
    return config


def _known() -> str:
    return ", ".join(sorted(_KEYS))


def size(value: str | int) -> int:
    """Bytes of a size as compose files have it, such as `512m`."""
    found = re.fullmatch(r"(\d+)\s*([bkmg]?)b?", str(value).lower())
    if not found:
        raise PodError(f"{value!r} is no size such as 512m")
    return int(found[1]) * _UNITS[found[2]]


def _mounts(value: list[str]) -> dict[str, str]:
    return {path: options for path, _, options in (entry.partition(":") for entry in value)}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


_KEYS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "image": ("container", "Image", lambda value: value),
    "command": ("container", "Cmd", lambda value: value),
    "user": ("container", "User", lambda value: value),
    "hostname": ("container", "Hostname", lambda value: value),
    "stop_signal": ("container", "StopSignal", lambda value: value),
    "read_only": ("host", "ReadonlyRootfs", lambda value: value),
    "cap_drop": ("host", "CapDrop", lambda value: value),
    "cap_add": ("host", "CapAdd", lambda value: value),
    "security_opt": ("host", "SecurityOpt", lambda value: value),
    "sysctls": ("host", "Sysctls", lambda value: value),
    "tmpfs": ("host", "Tmpfs", _mounts),
    "dns": ("host", "Dns", _listed),
    "dns_search": ("host", "DnsSearch", _listed),
    "extra_hosts": ("host", "ExtraHosts", lambda hosts: [f"{name}:{address}" for name, address in hosts.items()]),
    "pids_limit": ("host", "PidsLimit", int),
    "mem_limit": ("host", "Memory", size),
    "memswap_limit": ("host", "MemorySwap", size),
    "cpus": ("host", "NanoCpus", lambda cpus: int(float(cpus) * 1e9)),
    "logging": ("host", "LogConfig", lambda log: {"Type": log["driver"], "Config": log["options"]}),
}
