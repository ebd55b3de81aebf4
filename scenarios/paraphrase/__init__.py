"""New wordings of a scenario, written by a model and checked before they are kept."""

from gyges.scenarios.paraphrase.answer import ModelFailedError
from gyges.scenarios.paraphrase.paraphrase import Made, Refusal, paraphrase

__all__ = ["Made", "ModelFailedError", "Refusal", "paraphrase"]
