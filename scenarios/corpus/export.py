"""A run's folder as a trainer takes it: JSONL in two forms, counts, and a manifest of what is what."""

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from gyges.scenarios.corpus.corpus import Corpus, Draft
from gyges.scenarios.corpus.folder import MANIFEST, Folder
from gyges.scenarios.corpus.world import World

NATURE = "Synthetic documents as data for a trainer of your own. No model was trained."


def export(folder: Folder, world: World, corpora: Iterable[Corpus]) -> dict[str, Any]:
    """Writes `NAME.jsonl`, `NAME.chat.jsonl`, `counts.json` and `manifest.json`, and gives the manifest."""
    files, counts = {}, {}
    for corpus in corpora:
        counts[corpus.name] = corpus.counts.as_json()
        for name, form in ((f"{corpus.name}.jsonl", _plain), (f"{corpus.name}.chat.jsonl", _chat)):
            text = "".join(json.dumps(form(draft), ensure_ascii=False) + "\n" for draft in corpus.drafts)
            folder.write(name, text)
            files[name] = {
                "documents": len(corpus.drafts),
                "bytes": len(text.encode()),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
    folder.write("counts.json", json.dumps(counts, indent=2) + "\n")
    manifest = {
        "nature": NATURE,
        "gyges": version("gyges"),
        "plan": folder.plan.as_json(),
        "world": world.model_dump(mode="json"),
        "counts": counts,
        "files": files,
    }
    folder.write(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return manifest


def _plain(draft: Draft) -> dict[str, Any]:
    return {"text": draft.text}


def _chat(draft: Draft) -> dict[str, Any]:
    asked = f"Write this document: {draft.kind}"
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": draft.text}]}
