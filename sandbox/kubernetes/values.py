"""`compose.yaml` as values of the chart `agent-env` of inspect-k8s-sandbox.

All containers of a Kubernetes pod share one network namespace, as here. But that namespace has an interface that leads
out, and no way to start without it. So an init container turns everything round before any other container exists;
the rules stay for as long as the namespace does. Until the witness listens, connections are refused. Behind that stand
a network policy that lets nothing out, and a resolver that is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gyges.sandbox.provider.spec import AGENT, COMPOSE, WITNESS, PodError, containers, size

CHART = "0.14.0"
"""Version of inspect-k8s-sandbox, and so of its chart, that the values are for."""

CLUSTER_DEFAULT = "CLUSTER_DEFAULT"
"""The chart's word for no runtime class. It would ask for gVisor, which is not known to have what the rules need."""

CPU_REQUESTED = 0.1
"""Share of its processor limit that a container asks for. A pod waits for a model most of its time."""

ELSEWHERE: Mapping[str, str] = {
    "Hostname": "the chart names the pod, and that is its host name; only its beginning can be chosen",
    "ExtraHosts": "the kubelet writes the pod's name and address into /etc/hosts",
    "DnsSearch": "the chart gives no search domains",
    "Sysctls": "the chart gives pods no sysctls: nodes must keep `net.ipv4.ping_group_range` at `1 0`",
    "PidsLimit": "the kubelet's `podPidsLimit`, one number for all pods of a node",
    "MemorySwap": "the kubelet's `memorySwap.swapBehavior`, which is no swap by default",
    "LogConfig": "the kubelet's `containerLogMaxSize` and `containerLogMaxFiles`",
    "StopSignal": "the chart's grace period is 0 s, which is SIGKILL",
}
"""What `compose.yaml` declares and the chart has no value for, by its Engine API name, and where it is instead."""

_ARRIVES = {
    *("Image", "Cmd", "User", "Dns", "ReadonlyRootfs", "CapDrop", "CapAdd", "SecurityOpt"),
    *("Tmpfs", "Memory", "NanoCpus"),
}
_KEEPER = {"Memory": 128 * 2**20, "NanoCpus": 10**9}
_LISTENS_LOW = "NET_BIND_SERVICE"
"""For port 53, which Docker lets anybody have, and other runtimes need not."""

Values = dict[str, Any]


@dataclass(frozen=True)
class Cluster:
    """What the values need to know of a cluster."""

    registry: str
    """Host and path under which the two images were pushed."""

    tag: str
    """Of both images."""

    pull_secret: str | None = None
    """Name of the secret that opens the registry."""

    runtime_class: str = CLUSTER_DEFAULT

    cilium: bool = True
    """Whether Cilium is there, for the chart's own policies. The plain network policy is made in any case."""


def text(cluster: Cluster, compose: Path = COMPOSE) -> str:
    """The values as a file for `helm`, or for Inspect's `--sandbox k8s:FILE`."""
    made_for = f"# For the chart agent-env {CHART} of inspect-k8s-sandbox; made from Gyges's compose.yaml.\n"
    data = json.loads(json.dumps(values(cluster, compose)))  # apart, or YAML would say "the same as above"
    return made_for + yaml.safe_dump(data, sort_keys=False, width=120)


def values(cluster: Cluster, compose: Path = COMPOSE) -> Values:
    """The values, as data.

    Raises:
        PodError: `compose.yaml` declares what would be lost on the way: it is neither here nor in `ELSEWHERE`.
    """
    agent, witness = (_flat(name, config) for name, config in containers(compose).items())
    mounts = _mounts(AGENT, agent)
    return {
        "global": {"nameOverride": re.sub(r"-\d+$", "", witness["Hostname"])},
        "services": {
            AGENT: {
                "runtimeClassName": cluster.runtime_class,
                **_image(agent, cluster),
                "command": agent["Cmd"],
                "initContainers": [
                    {
                        "name": "network",
                        **_image(witness, cluster),
                        "command": ["python3", "-m", "witness", "redirect"],
                        "resources": _resources(witness),
                        "securityContext": _security(witness),
                    }
                ],
                "resources": _resources(agent),
                "securityContext": _security(agent),
                "volumes": [*_volumes(AGENT, agent), *_volumes(WITNESS, witness)],
                "volumeMounts": mounts,
                **({"networkIsolated": True} if cluster.cilium else {}),
            }
        },
        "extraContainers": [
            {
                "name": WITNESS,
                **_image(witness, cluster),
                "command": ["python3", "-m", "witness", "listen"],
                "startupProbe": _probe(compose),
                "resources": _resources(witness),
                "securityContext": _security(witness, _LISTENS_LOW),
                "volumeMounts": _mounts(WITNESS, witness),
            },
            _keeper(agent, cluster, mounts),
        ],
        # No server: the rules turn its address round. Were they gone, names would still not leave by the cluster's own.
        "corednsUpstream": witness["Dns"],
        "networkPolicy": {"enabled": cluster.cilium},
        "additionalResources": [_closed()],
        "automountServiceAccountToken": False,
        "imagePullSecrets": [{"name": cluster.pull_secret}] if cluster.pull_secret else [],
    }


def _flat(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """A container's settings in one mapping, none of them unknown here."""
    settings = {**config, **config["HostConfig"]}
    del settings["HostConfig"]
    if lost := settings.keys() - _ARRIVES - ELSEWHERE.keys():
        raise PodError(
            f"service {name} declares {', '.join(sorted(lost))}, which the values for Kubernetes do not have"
        )
    return settings


def _image(settings: Mapping[str, Any], cluster: Cluster) -> Values:
    name = settings["Image"].partition(":")[0]
    return {"image": f"{cluster.registry}/{name}:{cluster.tag}", "imagePullPolicy": "IfNotPresent"}


def _security(settings: Mapping[str, Any], *more: str) -> Values:
    """A container's security context; `more` are capabilities that it needs on a cluster only."""
    if settings["SecurityOpt"] != ["no-new-privileges:true"]:
        raise PodError(f"security_opt {settings['SecurityOpt']} has no equivalent on Kubernetes")
    user = _user(settings)
    return {
        "runAsUser": user,
        **({"runAsNonRoot": True} if user else {}),
        "readOnlyRootFilesystem": settings["ReadonlyRootfs"],
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": settings["CapDrop"], "add": [*settings.get("CapAdd", []), *more]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _user(settings: Mapping[str, Any]) -> int:
    """The user's number, which is that of its home's owner: Kubernetes takes no name where root is ruled out."""
    if "User" not in settings:
        return 0
    home = f"/home/{settings['User']}"
    if not (uid := int(_options(settings["Tmpfs"].get(home, "")).get("uid", 0))):
        raise PodError(f"user {settings['User']} has no tmpfs at {home} with its uid, so its number is not known")
    return uid


def _resources(settings: Mapping[str, Any]) -> Values:
    memory, milli = _quantity(settings["Memory"]), settings["NanoCpus"] // 10**6
    return {
        "limits": {"memory": memory, "cpu": f"{milli}m"},
        "requests": {"memory": memory, "cpu": f"{int(milli * CPU_REQUESTED)}m"},
    }


def _quantity(number: int) -> str:
    return str(number) if number % 2**20 else f"{number // 2**20}Mi"


def _options(mount: str) -> dict[str, str]:
    return {key: value for key, _, value in (option.partition("=") for option in mount.split(","))}


def _volume(container: str, path: str) -> str:
    return f"{container}{path.replace('/', '-')}"


def _volumes(container: str, settings: Mapping[str, Any]) -> list[Values]:
    return [
        {
            "name": _volume(container, path),
            "emptyDir": {"medium": "Memory", "sizeLimit": _quantity(size(_options(mount)["size"]))},
        }
        for path, mount in settings["Tmpfs"].items()
    ]


def _mounts(container: str, settings: Mapping[str, Any]) -> list[Values]:
    return [{"name": _volume(container, path), "mountPath": path} for path in settings["Tmpfs"]]


def _keeper(agent: Mapping[str, Any], cluster: Cluster, mounts: list[Values]) -> Values:
    """The one root that reaches the agent's files: who gives them their owners, and can look at them.

    An emptyDir is everybody's (0777, root's), the chart lets no init container mount one, and the agent's container has
    no root. The hook ends before the container counts as running, so the pod is not ready without it.
    """
    root = {key: value for key, value in agent.items() if key != "User"}
    return {
        "name": "keeper",
        **_image(agent, cluster),
        "command": agent["Cmd"],
        "lifecycle": {"postStart": {"exec": {"command": ["bash", "-euc", _owners(agent["Tmpfs"])]}}},
        "resources": _resources(_KEEPER),
        "securityContext": _security(root, "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"),
        "volumeMounts": mounts,
    }


def _owners(tmpfs: Mapping[str, str]) -> str:
    def steps(path: str, options: Mapping[str, str]) -> str:
        return f"chown {options.get('uid', 0)}:{options.get('gid', 0)} {path}; chmod {options['mode']} {path}"

    return "; ".join(steps(path, _options(mount)) for path, mount in tmpfs.items())


def _probe(compose: Path) -> Values:
    """When the witness answers; asked no more after that."""
    check = yaml.safe_load(compose.read_text(encoding="utf-8"))["services"][WITNESS]["healthcheck"]
    return {
        "exec": {"command": check["test"][1:]},
        "periodSeconds": int(check["interval"].removesuffix("s")),
        "timeoutSeconds": int(check["timeout"].removesuffix("s")),
        "failureThreshold": check["retries"],
    }


def _closed() -> Values:
    """A network policy that allows nothing, for every network plug-in that knows policies; the chart fills it in."""
    release = {"app.kubernetes.io/instance": "{{ .Release.Name }}"}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": '{{ template "agentEnv.fullname" $ }}-closed', "labels": release},
        "spec": {"podSelector": {"matchLabels": release}, "policyTypes": ["Ingress", "Egress"]},
    }
