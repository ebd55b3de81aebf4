"""`compose.yaml` as the Engine API takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.sandbox.provider.spec import AGENT, WITNESS, PodError, containers, size


def test_shipped_file_says_the_same_to_both_providers() -> None:
    """Every limit and every hardening of the shipped file arrives in what the engine is asked for."""
    agent, witness = (containers()[name] for name in (AGENT, WITNESS))
    for config in (agent, witness):
        host = config["HostConfig"]
        assert host["CapDrop"] == ["ALL"]
        assert host["ReadonlyRootfs"] is True
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Memory"] == host["MemorySwap"]
        assert all("size=" in options for options in host["Tmpfs"].values())
        assert not {"Binds", "Devices", "PortBindings", "Privileged", "VolumesFrom"} & host.keys()
    assert agent["HostConfig"]["Memory"] == 2**30
    assert agent["HostConfig"]["NanoCpus"] == 10**9
    assert agent["HostConfig"]["PidsLimit"] == 256
    assert agent["HostConfig"]["Tmpfs"]["/tmp"] == "exec,mode=1777,size=256m"
    assert witness["HostConfig"]["ExtraHosts"] == ["mlp-worker-03:10.20.0.13"]
    assert witness["HostConfig"]["CapAdd"] == ["NET_ADMIN"]


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("privileged: true", "`privileged`"),
        ("volumes: [/:/host]", "`volumes`"),
        ("mem_limit: much", "'much' is no size"),
    ],
)
def test_what_is_not_known_is_refused(service: str, said: str, tmp_path: Path) -> None:
    """A key that the provider would have to ignore is an error that names it, so that nothing is declared in vain."""
    compose = tmp_path / "compose.yaml"
    compose.write_text(f"services:\n  default: {{image: x}}\n  witness:\n    image: y\n    {service}\n")
    with pytest.raises(PodError, match=said):
        containers(compose)


def test_other_services_are_refused(tmp_path: Path) -> None:
    """A pod is an agent and a witness; a file with others says what it has."""
    compose = tmp_path / "compose.yaml"
    compose.write_text("services:\n  default: {image: x}\n  database: {image: y}\n")
    with pytest.raises(PodError, match="database"):
        containers(compose)


@pytest.mark.parametrize(("text", "expected"), [("512m", 2**29), ("1g", 2**30), ("64kb", 65536), ("100", 100)])
def test_size(text: str, expected: int) -> None:
    """Sizes are read as compose files have them."""
    assert size(text) == expected
