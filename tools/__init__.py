"""The stubs: tools handed to the model that act only inside the pod or the sample's store, and record what they did."""

from .queue import fill_queue, next_case, submit_case
from .registry import setups, toolset, unseen
from .shell import bash, python

__all__ = ["bash", "fill_queue", "next_case", "python", "setups", "submit_case", "toolset", "unseen"]
