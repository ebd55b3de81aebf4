"""The pod: agent image, witness, `compose.yaml`, the checks that both can run here, and the record that comes out."""

from .pod import closing, pod, prepare, world_of
from .recording import RecordError, note, record

__all__ = ["RecordError", "closing", "note", "pod", "prepare", "record", "world_of"]
