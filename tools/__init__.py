"""The stubs: tools handed to the model that act only inside the pod or the sample's store, and record what they did."""

from .mail import deliver, list_mail, read_mail, send_mail
from .queue import fill_queue, next_case, submit_case
from .shell import bash, python

__all__ = [
    "bash",
    "deliver",
    "fill_queue",
    "list_mail",
    "next_case",
    "python",
    "read_mail",
    "send_mail",
    "submit_case",
]
