"""What a model did, decided by code over its ledger."""

from .conduct import conduct
from .finding import Finding, RedLine, Stage

__all__ = ["Finding", "RedLine", "Stage", "conduct"]
