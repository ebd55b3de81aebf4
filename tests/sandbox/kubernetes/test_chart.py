"""The values against the chart they are for: its schema, and the objects that Helm makes of it."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import k8s_sandbox
import pytest
import yaml
from k8s_sandbox._helm import validate_no_null_values
from kubernetes import client

from gyges.sandbox.kubernetes import CHART, Cluster, text
from gyges.sandbox.provider.spec import containers

FOLDER = Path(k8s_sandbox.__file__).parent / "resources/helm/agent-env"
CLUSTERS = {"cilium": Cluster("r.example/x", "7f"), "plain": Cluster("r.example/x", "7f", "door", "kata", cilium=False)}
DRAWN = ("cilium", "plain")


def values(cluster: str) -> dict[str, Any]:
    """What is in the file."""
    made: dict[str, Any] = yaml.safe_load(text(CLUSTERS[cluster]))
    return made


@cache
def rendered(cluster: str) -> dict[str, dict[str, Any]]:
    """The release's objects by kind and name, as Helm itself makes them."""
    import helm_python  # Helm's own code as a library, large; what needs no rendering runs without

    with helm_python.Chart.load(FOLDER) as chart:
        manifests = chart.render(values(cluster), name="ab12cd34", namespace="evals")
    objects = [made for manifest in manifests.values() for made in yaml.safe_load_all(manifest) if made]
    return {f"{made['kind']}/{made['metadata']['name']}": made for made in objects}


def pod(cluster: str) -> dict[str, Any]:
    """The spec of the release's only pod."""
    (stateful,) = [made for made in rendered(cluster).values() if made["kind"] == "StatefulSet"]
    spec: dict[str, Any] = stateful["spec"]["template"]["spec"]
    return spec


def unknown(value: Any, kind: str, where: str = "") -> list[str]:
    """Fields that the Kubernetes API does not have in an object of this kind, at any depth."""
    if kind.lower().startswith("list["):
        return [found for entry in value for found in unknown(entry, kind[5:-1], where)]
    model = getattr(client, kind, None)
    if not isinstance(value, dict) or model is None:
        return []
    types = {name: model.openapi_types[field] for field, name in model.attribute_map.items()}
    lost = [f"{where}.{name}" for name in value if name not in types]
    return lost + [
        found for name in value if name in types for found in unknown(value[name], types[name], f"{where}.{name}")
    ]


def test_version() -> None:
    """The installed chart is the one that the values say they are for."""
    assert version("inspect-k8s-sandbox") == CHART
    assert yaml.safe_load((FOLDER / "Chart.yaml").read_text())["version"] == CHART


@pytest.mark.parametrize("cluster", DRAWN)
def test_schema(cluster: str) -> None:
    """The chart's own schema takes the values, and Inspect's sandbox finds no null in them."""
    schema = json.loads((FOLDER / "values.schema.json").read_text())
    jsonschema.validate(values(cluster), schema, cls=jsonschema.Draft7Validator)
    validate_no_null_values(values(cluster), "values.yaml")


@pytest.mark.parametrize("cluster", DRAWN)
def test_fields_are_the_api_s(cluster: str) -> None:
    """No field of the rendered objects is one that the Kubernetes API does not know and would drop."""
    kinds = {"StatefulSet": "V1StatefulSet", "NetworkPolicy": "V1NetworkPolicy", "ConfigMap": "V1ConfigMap"}
    checked = [(made, kinds[made["kind"]]) for made in rendered(cluster).values() if made["kind"] in kinds]
    assert len(checked) == len(kinds)
    assert [field for made, kind in checked for field in unknown(made, kind)] == []


def test_a_field_that_the_api_lacks_is_found() -> None:
    """The check above sees a wrong name, however deep."""
    container = {"name": "x", "securityContext": {"readOnlyRoot": True}}
    made = {"spec": {"template": {"spec": {"containers": [container]}}}}
    assert unknown(made, "V1StatefulSet") == [".spec.template.spec.containers.securityContext.readOnlyRoot"]


@pytest.mark.parametrize("cluster", DRAWN)
def test_containers_arrive_as_written(cluster: str) -> None:
    """Agent, witness and keeper stand in one pod beside the chart's name server, hardened as the values have it."""
    made = values(cluster)
    declared = {"default": made["services"]["default"], **{extra["name"]: extra for extra in made["extraContainers"]}}
    arrived = {container["name"]: container for container in pod(cluster)["containers"]}
    assert list(arrived) == ["default", "coredns", "witness", "keeper"]
    for name, container in declared.items():
        for field in ("image", "command", "resources", "securityContext", "volumeMounts"):
            assert arrived[name][field] == container[field]
    assert arrived["witness"]["startupProbe"] == made["extraContainers"][0]["startupProbe"]
    assert arrived["keeper"]["lifecycle"] == made["extraContainers"][1]["lifecycle"]


@pytest.mark.parametrize("cluster", DRAWN)
def test_rules_come_first(cluster: str) -> None:
    """The only init container makes the rules, with the capability it needs."""
    (first,) = pod(cluster)["initContainers"]
    assert first["command"] == ["python3", "-m", "witness", "redirect"]
    assert first["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_ADMIN"]}


@pytest.mark.parametrize("cluster", DRAWN)
def test_resolver(cluster: str) -> None:
    """The pod's resolver is its own name server, and that one's is the address for which only the witness answers."""
    assert pod(cluster)["dnsPolicy"] == "None"
    assert pod(cluster)["dnsConfig"] == {"nameservers": ["127.0.0.1"]}
    (settings,) = [made for made in rendered(cluster).values() if made["kind"] == "ConfigMap"]
    (upstream,) = containers()["witness"]["HostConfig"]["Dns"]
    assert f"forward . {upstream} {{" in settings["data"]["Corefile"]


@pytest.mark.parametrize(("cluster", "runtime"), [("cilium", None), ("plain", "kata")])
def test_pod(cluster: str, runtime: str | None) -> None:
    """No token, no service variables, the chosen runtime; and of the host's namespaces or files, nothing."""
    spec = pod(cluster)
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec.get("runtimeClassName") == runtime
    assert not {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"} & spec.keys()
    assert {kind for volume in spec["volumes"] for kind in volume.keys() - {"name"}} == {"emptyDir", "configMap"}


@pytest.mark.parametrize("cluster", DRAWN)
def test_plain_policy(cluster: str) -> None:
    """A policy that any plug-in knows selects the release's pod and allows nothing, in or out."""
    policy = rendered(cluster)["NetworkPolicy/mlp-worker-ab12cd34-closed"]
    (stateful,) = [made for made in rendered(cluster).values() if made["kind"] == "StatefulSet"]
    labels = stateful["spec"]["template"]["metadata"]["labels"]
    selected = policy["spec"].pop("podSelector")["matchLabels"]
    assert selected.items() <= labels.items()
    assert policy["spec"] == {"policyTypes": ["Ingress", "Egress"]}


def test_cilium_s_policy() -> None:
    """With Cilium, the pod's egress is denied, which no allowance of another policy outweighs; nothing may enter."""
    policies = {name: made["spec"] for name, made in rendered("cilium").items() if made["kind"].startswith("Cilium")}
    denied = [spec for spec in policies.values() if spec.get("egressDeny") == [{"toEntities": ["all"]}]]
    entering = [rule for spec in policies.values() for rule in spec.get("ingress", []) if rule]
    assert [spec["endpointSelector"]["matchLabels"]["inspect/service"] for spec in denied] == ["default"]
    assert entering == []
    assert not [name for name in rendered("plain") if name.startswith("Cilium")]


def test_names_are_ordinary() -> None:
    """The pod's name, which is its host name, begins like the declared one and says nothing of an experiment."""
    (name,) = [made["metadata"]["name"] for made in rendered("cilium").values() if made["kind"] == "StatefulSet"]
    declared = containers()["witness"]["Hostname"]
    assert name.startswith(declared.rpartition("-")[0])
    assert "gyges" not in name
