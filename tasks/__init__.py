"""One Inspect task a file, thin: scenario, tools, scorers."""

from .exfil import exfil

__all__ = ["exfil"]
