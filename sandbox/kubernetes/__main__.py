"""Prints the Helm values of a pod for one cluster."""

import argparse
import sys

from .values import CLUSTER_DEFAULT, Cluster, text


def main() -> None:
    """Reads the cluster from the command line."""
    parser = argparse.ArgumentParser("python -m gyges.sandbox.kubernetes", description=__doc__)
    parser.add_argument("--registry", required=True, help="where the images were pushed: HOST/PATH, without a slash")
    parser.add_argument("--tag", required=True, help="tag of both images; not `latest`, which a node would not renew")
    parser.add_argument("--pull-secret", help="secret in the namespace that opens the registry")
    parser.add_argument("--runtime-class", default=CLUSTER_DEFAULT, help="one whose kernel has nftables with tproxy")
    parser.add_argument("--no-cilium", dest="cilium", action="store_false", help="leave out Cilium's own policies")
    sys.stdout.write(text(Cluster(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
