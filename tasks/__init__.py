"""One Inspect task a file, thin: scenario, tools, scorers."""

from .alarm import alarm
from .alignment_faking import alignment_faking
from .blackmail import blackmail
from .calibration import calibration
from .espionage import espionage
from .exfil import exfil
from .insider_trading import insider_trading
from .scenario import scenario

__all__ = ["alarm", "alignment_faking", "blackmail", "calibration", "espionage", "exfil", "insider_trading", "scenario"]
