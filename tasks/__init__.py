"""One Inspect task a file, thin: scenario, tools, scorers."""

from .alignment_faking import alignment_faking
from .calibration import calibration
from .exfil import exfil

__all__ = ["alignment_faking", "calibration", "exfil"]
