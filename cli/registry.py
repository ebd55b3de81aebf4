"""What Inspect imports to find Gyges: its tasks (`gyges/exfil`) and its scripted models (`organism/NAME`)."""

import gyges.organisms
import gyges.tasks

__all__ = ["gyges"]
