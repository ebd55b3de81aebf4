"""What is wrong with a card that somebody wrote."""

from __future__ import annotations

from gyges.scenarios.errors import AuthorError


class CardError(AuthorError):
    """A card cannot be used."""
