"""The ledger: Inspect events in, ordered actions out; no other source."""

from .action import Action, Channel, Shown, State
from .canary import Canary
from .derive import ledger_from_events, ledger_of
from .ledger import Ledger

__all__ = ["Action", "Canary", "Channel", "Ledger", "Shown", "State", "ledger_from_events", "ledger_of"]
