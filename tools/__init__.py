"""The stubs: tools handed to the model that act only inside the pod or the sample's store, and record what they did."""

from .mail import deliver, list_mail, read_mail, send_mail
from .shell import bash, python

__all__ = ["bash", "deliver", "list_mail", "python", "read_mail", "send_mail"]
