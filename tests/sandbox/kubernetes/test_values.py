"""Every setting of `compose.yaml` arrives in the values, or is known to be somewhere else; nothing gets lost."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gyges.sandbox.kubernetes import ELSEWHERE, Cluster, text, values
from gyges.sandbox.provider.spec import COMPOSE, PodError, containers

ROOT = Path(__file__).parents[3]
CLUSTER = Cluster("registry.example/team", "7f3a")
SPEC = {name: {**config, **config["HostConfig"]} for name, config in containers().items()}
MADE = values(CLUSTER)
AGENT: dict[str, Any] = MADE["services"]["default"]
EXTRA = {container["name"]: container for container in MADE["extraContainers"]}
(NETWORK,) = AGENT["initContainers"]
CONTAINERS = {"agent": AGENT, "network": NETWORK, **EXTRA}
DECLARED = {"agent": SPEC["default"], "witness": SPEC["witness"]}
MEBIBYTE = {"k": 2**10, "m": 2**20, "g": 2**30}


def bytes_of(quantity: str) -> int:
    """A size of Kubernetes, read by other code than wrote it."""
    number, unit = re.fullmatch(r"(\d+)([KMG]i)?", quantity).groups()  # type: ignore[union-attr]
    return int(number) * {None: 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]


@pytest.mark.parametrize("name", CONTAINERS)
def test_hardened(name: str) -> None:
    """No container has a writable root, a capability by default, new privileges, or freedom from seccomp."""
    security = CONTAINERS[name]["securityContext"]
    assert security["capabilities"]["drop"] == ["ALL"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "privileged" not in security


@pytest.mark.parametrize(
    ("name", "capabilities"),
    [
        ("agent", []),
        ("network", ["NET_ADMIN"]),
        ("witness", ["NET_ADMIN", "NET_BIND_SERVICE"]),
        ("keeper", ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"]),
    ],
)
def test_capabilities(name: str, capabilities: list[str]) -> None:
    """The agent has none, and nobody has more than its work takes."""
    assert CONTAINERS[name]["securityContext"]["capabilities"]["add"] == capabilities


def test_agent_is_no_root() -> None:
    """The agent runs as the number that its image gives the declared user, and root is ruled out."""
    dockerfile = (ROOT / "sandbox/agent/Dockerfile").read_text()
    (number,) = re.findall(rf"useradd -m -u (\d+) .* {SPEC['default']['User']} ", dockerfile)
    assert AGENT["securityContext"]["runAsUser"] == int(number)
    assert AGENT["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize("name", DECLARED)
def test_limits(name: str) -> None:
    """Memory and processors are bounded as declared; memory, which cannot be taken back, is also asked for in full."""
    resources = CONTAINERS[name]["resources"]
    assert bytes_of(resources["limits"]["memory"]) == DECLARED[name]["Memory"]
    assert bytes_of(resources["requests"]["memory"]) == DECLARED[name]["Memory"]
    assert int(resources["limits"]["cpu"].removesuffix("m")) * 10**6 == DECLARED[name]["NanoCpus"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_everything_is_bounded(name: str) -> None:
    """No container lacks a limit, and none asks for more than it may have."""
    resources = CONTAINERS[name]["resources"]
    assert bytes_of(resources["requests"]["memory"]) <= bytes_of(resources["limits"]["memory"])
    assert 0 < int(resources["requests"]["cpu"][:-1]) <= int(resources["limits"]["cpu"][:-1])


@pytest.mark.parametrize("name", DECLARED)
def test_tmpfs(name: str) -> None:
    """Each tmpfs is memory of the declared size at the declared path, and the container has no other volume."""
    volumes = {volume["name"]: volume["emptyDir"] for volume in AGENT["volumes"]}
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in CONTAINERS[name]["volumeMounts"]}
    assert {emptied["medium"] for emptied in mounts.values()} == {"Memory"}
    sizes = {
        path: int(number) * MEBIBYTE[unit]
        for path, options in DECLARED[name]["Tmpfs"].items()
        for number, unit in re.findall(r"size=(\d+)([kmg])", options)
    }
    assert {path: bytes_of(emptied["sizeLimit"]) for path, emptied in mounts.items()} == sizes


def test_agent_does_not_see_the_witness() -> None:
    """No volume of the witness is mounted anywhere else."""
    own = {mount["name"] for mount in EXTRA["witness"]["volumeMounts"]}
    others = {mount["name"] for name in ("agent", "keeper") for mount in CONTAINERS[name]["volumeMounts"]}
    assert own
    assert not own & others


def test_owners() -> None:
    """The keeper gives each of the agent's volumes the owner and mode that is declared for it, owner first."""
    (script,) = EXTRA["keeper"]["lifecycle"]["postStart"]["exec"]["command"][-1:]
    steps = script.split("; ")
    for path, options in SPEC["default"]["Tmpfs"].items():
        declared = dict(re.findall(r"(uid|gid|mode)=(\d+)", options))
        owner = f"chown {declared.get('uid', '0')}:{declared.get('gid', '0')} {path}"
        assert steps.index(owner) < steps.index(f"chmod {declared['mode']} {path}")


def test_order() -> None:
    """An init container makes the rules, so before any other exists; the pod is ready when the witness answers."""
    check = yaml.safe_load(COMPOSE.read_text())["services"]["witness"]["healthcheck"]
    assert NETWORK["command"][-1] == "redirect"
    assert EXTRA["witness"]["startupProbe"]["exec"]["command"] == check["test"][1:]
    assert EXTRA["witness"]["startupProbe"]["failureThreshold"] == check["retries"]


def test_nothing_gets_out() -> None:
    """Policies deny everything, the resolver is the one that only the witness answers for, and there is no token."""
    assert AGENT["networkIsolated"] is True
    assert MADE["corednsUpstream"] == SPEC["witness"]["Dns"]
    assert MADE["automountServiceAccountToken"] is False
    (policy,) = MADE["additionalResources"]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & policy["spec"].keys()
    assert not {"allowDomains", "allowCIDR", "allowEntities"} & MADE.keys()


def test_images() -> None:
    """Both images come from the cluster's registry under one tag, with the secret that opens it."""
    assert {container["image"] for container in CONTAINERS.values()} == {
        "registry.example/team/gyges-agent:7f3a",
        "registry.example/team/gyges-witness:7f3a",
    }
    assert MADE["imagePullSecrets"] == []
    assert values(Cluster("r", "t", pull_secret="door"))["imagePullSecrets"] == [{"name": "door"}]


def test_another_runtime_and_no_cilium() -> None:
    """A cluster can choose its runtime class, and do without Cilium but not without a policy."""
    made = values(Cluster("r", "t", runtime_class="kata", cilium=False))
    assert made["services"]["default"]["runtimeClassName"] == "kata"
    assert "networkIsolated" not in made["services"]["default"]
    assert made["networkPolicy"] == {"enabled": False}
    assert made["additionalResources"] == MADE["additionalResources"]


@pytest.mark.parametrize(
    ("service", "setting", "named"),
    [
        ("default", {"security_opt": ["no-new-privileges:true", "seccomp=unconfined"]}, "seccomp=unconfined"),
        ("default", {"user": "nobody"}, "/home/nobody"),
        ("witness", {"devices": ["/dev/kvm"]}, "devices"),
    ],
)
def test_what_would_be_lost_is_an_error(tmp_path: Path, service: str, setting: dict[str, Any], named: str) -> None:
    """A setting that the values cannot carry stops them, and is named."""
    compose = yaml.safe_load(COMPOSE.read_text())
    compose["services"][service] |= setting
    (changed := tmp_path / "compose.yaml").write_text(yaml.safe_dump(compose))
    with pytest.raises(PodError, match=re.escape(named)):
        values(CLUSTER, changed)


def test_a_setting_that_nobody_placed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is neither in the values nor known to be elsewhere is not dropped in silence."""
    fewer = {key: value for key, value in ELSEWHERE.items() if key != "PidsLimit"}
    monkeypatch.setattr(sys.modules["gyges.sandbox.kubernetes.values"], "ELSEWHERE", fewer)
    with pytest.raises(PodError, match="PidsLimit"):
        values(CLUSTER)


def test_what_is_elsewhere_is_declared_and_documented() -> None:
    """The list of what is set elsewhere has no entry that nothing declares, and the page explains each."""
    declared = set().union(*SPEC.values())
    page = (ROOT / "docs/kubernetes.md").read_text()
    assert ELSEWHERE.keys() <= declared
    assert [key for key in ELSEWHERE if f"`{key}`" not in page] == []


def test_cost_on_the_page() -> None:
    """What the page says a pod asks for is what the values ask for, with the chart's name server."""
    name_server_cpu, name_server_memory = 100, 128
    asked = [container["resources"]["requests"] for container in (AGENT, *EXTRA.values())]
    memory = sum(bytes_of(request["memory"]) // 2**20 for request in asked) + name_server_memory
    cpu = sum(int(request["cpu"][:-1]) for request in asked) + name_server_cpu
    assert f"{memory} MiB of memory and {cpu / 1000:g} of a processor" in (ROOT / "docs/kubernetes.md").read_text()


def test_command_prints_the_file() -> None:
    """`python -m gyges.sandbox.kubernetes` prints what reads back as the values."""
    command = [sys.executable, "-m", "gyges.sandbox.kubernetes", "--registry", CLUSTER.registry, "--tag", CLUSTER.tag]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == text(CLUSTER)
    assert yaml.safe_load(done.stdout) == MADE
