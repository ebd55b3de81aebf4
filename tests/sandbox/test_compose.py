"""What `compose.yaml` promises, read from the file; tests/pod shows from inside that it holds."""

from typing import Any

import pytest
import yaml

from gyges.sandbox.provider.spec import COMPOSE

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_hardened(service: dict[str, Any]) -> None:
    """Each container is without capabilities, new privileges, a writable root or unbounded memory, processes, logs."""
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["mem_limit"] == service["memswap_limit"]
    assert {"pids_limit", "cpus", "logging"} <= service.keys()
    assert all("size=" in mount for mount in service["tmpfs"])


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_nothing_of_the_host(service: dict[str, Any]) -> None:
    """No mount, device, port, environment or namespace of the host."""
    host = {
        "volumes",
        "devices",
        "ports",
        "environment",
        "env_file",
        "privileged",
        "pid",
        "ipc",
        "userns_mode",
        "networks",
    }
    assert not host & service.keys()


def test_no_network() -> None:
    """The witness has no network, and the agent has the witness's."""
    assert SERVICES["witness"]["network_mode"] == "none"
    assert SERVICES["default"]["network_mode"] == "service:witness"
    assert [service.get("cap_add") for service in SERVICES.values()] == [None, ["NET_ADMIN"]]
