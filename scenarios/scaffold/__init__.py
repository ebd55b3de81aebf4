"""A small complete scenario to begin with: the folder that `gyges new-scenario` copies."""

from gyges.scenarios.scaffold.scaffold import write_scenario

__all__ = ["write_scenario"]
