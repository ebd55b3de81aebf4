"""Synthetic training documents that state a scenario's facts, and the unrelated documents that they are compared with.

These are data for a trainer of one's own; nothing is trained here.
"""

from gyges.scenarios.corpus.corpus import Corpus, generate
from gyges.scenarios.corpus.export import export
from gyges.scenarios.corpus.folder import Folder, FolderError
from gyges.scenarios.corpus.plan import Plan
from gyges.scenarios.corpus.world import World, world_of

__all__ = ["Corpus", "Folder", "FolderError", "Plan", "World", "export", "generate", "world_of"]
