"""A pod on a Kubernetes cluster, through inspect-k8s-sandbox: the values for its chart, made of `compose.yaml`.

values  the Helm values, and what of `compose.yaml` a cluster has to be told elsewhere

`python -m gyges.sandbox.kubernetes --registry HOST/PATH --tag TAG > values.yaml` prints them; docs/kubernetes.md says
what the cluster needs, and what was not run on one.
"""

from .values import CHART, ELSEWHERE, Cluster, text, values

__all__ = ["CHART", "ELSEWHERE", "Cluster", "text", "values"]
