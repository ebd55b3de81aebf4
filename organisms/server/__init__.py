"""An organism behind HTTP, as the Anthropic Messages and the OpenAI Chat Completions protocols have it."""

from gyges.organisms.server.app import application
from gyges.organisms.server.service import Service

__all__ = ["Service", "application"]
