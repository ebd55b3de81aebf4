"""What Inspect imports to find Gyges: tasks (`gyges/exfil`), scripted models (`organism/NAME`), pods (`gyges`)."""

import gyges.organisms
import gyges.sandbox.provider.environment
import gyges.tasks

__all__ = ["gyges"]
