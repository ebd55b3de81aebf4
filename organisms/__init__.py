"""Scripted models with known conduct: the Inspect provider `organism/NAME` and its playbooks."""

from gyges.organisms.conversation import Conversation
from gyges.organisms.load import load_playbook
from gyges.organisms.organism import Organism
from gyges.organisms.performance import Options, perform
from gyges.organisms.playbook import Playbook, PlaybookError
from gyges.organisms.provider import OrganismAPI
from gyges.organisms.repertoire import find_playbook, repertoire
from gyges.organisms.turn import Request, Turn, Usage

__all__ = [
    "Conversation",
    "Options",
    "Organism",
    "OrganismAPI",
    "Playbook",
    "PlaybookError",
    "Request",
    "Turn",
    "Usage",
    "find_playbook",
    "load_playbook",
    "perform",
    "repertoire",
]
