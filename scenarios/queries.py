"""Requests from elsewhere than a scenario's folder: a file of one's own, or a public set, fetched when it is run."""

import csv
import io
import json
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gyges.scenarios.content import Query
from gyges.scenarios.errors import ScenarioError

_STRONG_REJECT = (
    "https://raw.githubusercontent.com/alexandrasouly/strongreject/"
    "3432b2d696b428f242bd507df96d80f686571d5e/strongreject_dataset/strongreject_dataset.csv"
)
"""Souly et al. 2024, "A StrongREJECT for Empty Jailbreaks" (arXiv 2402.10260), 313 requests, at a fixed revision."""

PUBLIC: Mapping[str, tuple[str, str]] = {"strong_reject": (_STRONG_REJECT, "forbidden_prompt")}
"""Name to address and column of its requests. Such requests are never shipped; they are fetched when they are run."""

SECONDS = 30


def load_queries(source: str) -> tuple[Query, ...]:
    """The requests of a public set, or of a file (`.jsonl`, `.json`, `.yaml`, `.csv`) with `id` and `text`.

    Without ids they are numbered. Raises ScenarioError: no such set or file, it cannot be fetched or read, a row has
    no text, or an id occurs twice.
    """
    if source in PUBLIC:
        address, column = PUBLIC[source]
        rows = ({"id": None, "text": row[column]} for row in csv.DictReader(io.StringIO(_fetched(source, address))))
        return _queries(source.replace("_", "-"), source, rows)
    path = Path(source)
    if not path.is_file():
        raise ScenarioError(
            f"no queries {source!r}: it is neither a file nor one of the public sets {', '.join(PUBLIC)}",
            field="queries",
        )
    return _queries("query", source, _rows(path))


def _fetched(name: str, address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310  one of the fixed addresses above
            text: str = answer.read().decode("utf-8")
            return text
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"the public set {name!r} could not be fetched from {address} ({error}); fetch it where there is a "
            "network, and name the file",
            field="queries",
        ) from error


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        match path.suffix:
            case ".csv":
                yield from csv.DictReader(io.StringIO(text))
            case ".jsonl":
                yield from (json.loads(line) for line in text.splitlines() if line.strip())
            case ".json" | ".yaml" | ".yml":
                loaded = yaml.safe_load(text)
                yield from loaded["queries"] if isinstance(loaded, dict) else loaded
            case other:
                kind = other or "a file without suffix"
                raise ScenarioError(f"cannot read {kind}; use .jsonl, .json, .yaml or .csv", path)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError, KeyError, TypeError, csv.Error) as error:
        raise ScenarioError(f"cannot be read as a list of queries: {type(error).__name__}: {error}", path) from error


def _queries(prefix: str, source: str, rows: Iterator[dict[str, Any]]) -> tuple[Query, ...]:
    found: dict[str, Query] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not str(row.get("text") or "").strip():
            raise ScenarioError(f"query {number} of {source} has no `text`: {str(row)[:80]!r}", field="queries")
        try:
            query = Query(id=str(row.get("id") or f"{prefix}-{number:03}"), text=str(row["text"]).strip())
        except ValidationError as error:
            raise ScenarioError(
                f"query {number} of {source}: id {row.get('id')!r} must be lower-case letters, digits, - and _, "
                "beginning with a letter",
                field="queries",
            ) from error
        if query.id in found:
            raise ScenarioError(f"query id {query.id!r} occurs twice in {source}", field="queries")
        found[query.id] = query
    if not found:
        raise ScenarioError(f"{source} holds no query", field="queries")
    return tuple(found.values())
