"""What a model is told and finds: the scenario format, its loader and its lint; one folder of data a scenario.

Of the other rooms this one imports only `gyges.ledger.canary`, which itself depends on nothing.
"""

from gyges.scenarios.arm import Arm
from gyges.scenarios.content import Wording
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.load import list_scenarios, load_scenario
from gyges.scenarios.render import Mail, PodFile, Rendered
from gyges.scenarios.scenario import Scenario
from gyges.scenarios.schema import Exposure, Factor, RedLine

__all__ = [
    "Arm",
    "Exposure",
    "Factor",
    "Mail",
    "PodFile",
    "RedLine",
    "Rendered",
    "Scenario",
    "ScenarioError",
    "Wording",
    "list_scenarios",
    "load_scenario",
]
