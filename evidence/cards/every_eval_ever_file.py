"""A file in the format of Every Eval Ever, read as a card.

What Gyges wrote comes back as it was. Of anybody else's file each result becomes a claim as far as the schema carries
it, of the least standing: `secondary`, and comparable to nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .card import Card, Claim
from .card_error import CardError
from .claim_details import PREFIX, claim_fields
from .claim_export import ASSESSOR, CARD, NOT_STATED, WITHOUT_FIGURE
from .every_eval_ever import VERSION, slug
from .figure import figure
from .models import canonical

_SERIES = VERSION.rpartition(".")[0] + "."
_SHARES = frozenset({"proportion", "fraction", "share"})
_RATES = ("rate", "accuracy")
"""End the names of metrics that are shares of trials; F1 or AUROC lie between 0 and 1 and are none."""

_LARGEST = 16_000_000
"""Bytes of a file; one with every claim that Gyges ships would have a twentieth of it."""

_FINEST = -300
"""Decimal places, as an exponent, beyond which a float tells nothing apart."""


_PLACES = {
    "model": "/model_info/id",
    "snapshot": "/model_info/id",
    "developer": "/model_info/developer",
    "assessor": f"/source_metadata/additional_details/{ASSESSOR}",
    "behaviour": "{}/evaluation_name",
    "metric": "{}/metric_config/metric_name",
    "condition": "{}/metric_config/evaluation_description",
    "scale": "{}/metric_config/min_score",
    "score": "{}/score_details/score",
    "n": "{}/score_details/uncertainty/num_samples",
    "interval": "{}/score_details/uncertainty/confidence_interval",
}
"""Field of a claim to where a file says it, `{}` being the result; see `_places`."""

_SOURCE = {
    "publisher": "/source_metadata/source_organization_name",
    "document": "/source_metadata/source_name",
    "url": "/source_metadata/source_organization_url",
    "date": "/evaluation_timestamp",
    "as_of": "/retrieved_timestamp",
}
"""The same for fields of a card."""


class _Part(BaseModel):
    # Strict, for "0.5" is no number; what is not read here may change as the format does.
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)


class _Model(_Part):
    name: str
    id: str
    developer: str | None = None


class _Source(_Part):
    source_name: str | None = None
    source_organization_name: str
    source_organization_url: str | None = None
    evaluator_relationship: Literal["first_party", "third_party", "collaborative", "other"]
    additional_details: dict[str, str] | None = None


class _Interval(_Part):
    lower: float
    upper: float
    confidence_level: float | None = Field(default=None, ge=0, le=1)
    method: str | None = None


class _Uncertainty(_Part):
    confidence_interval: _Interval | None = None
    num_samples: int | None = None


class _Score(_Part):
    score: float
    details: dict[str, str] | None = None
    uncertainty: _Uncertainty | None = None


class _Judge(_Part):
    model_info: _Model


class _Judges(_Part):
    judges: list[_Judge] = Field(min_length=1)


class _Metric(_Part):
    lower_is_better: bool
    evaluation_description: str | None = None
    metric_id: str | None = None
    metric_name: str | None = None
    metric_kind: str | None = None
    metric_unit: str | None = None
    score_type: Literal["binary", "continuous", "levels"] | None = None
    min_score: float | Literal["-Infinity"] | None = None
    max_score: float | Literal["Infinity"] | None = None
    llm_scoring: _Judges | None = None

    @property
    def scale(self) -> tuple[float, float] | None:
        low, high = self.min_score, self.max_score
        return (low, high) if isinstance(low, float) and isinstance(high, float) else None


class _Data(_Part):
    url: list[str] | None = None


class _Arguments(_Part):
    reasoning: bool | None = None


class _Generation(_Part):
    generation_args: _Arguments | None = None


class _Result(_Part):
    evaluation_name: str
    source_data: _Data
    metric_config: _Metric
    score_details: _Score
    generation_config: _Generation | None = None

    @property
    def details(self) -> Mapping[str, str]:
        return self.score_details.details or {}


class _Aggregate(_Part):
    evaluation_timestamp: str | None = None
    retrieved_timestamp: str
    source_metadata: _Source
    model_info: _Model
    evaluation_results: list[_Result]

    @property
    def details(self) -> Mapping[str, str]:
        return self.source_metadata.additional_details or {}


class _Printed(float):
    """A number with the digits that stood in the file."""

    digits: str

    def __new__(cls, digits: str) -> Self:
        number = super().__new__(cls, digits)
        number.digits = digits
        return number


@dataclass(frozen=True)
class _Standing:
    status: Literal["primary", "secondary", "recalled"]
    comparability: Literal["replicable", "approximate", "direction_only", "none"]


def read_eee(
    path: Path,
    *,
    status: Literal["primary", "secondary", "recalled"] = "secondary",
    comparability: Literal["replicable", "approximate", "direction_only", "none"] = "none",
) -> Card:
    """The results of an aggregate file as claims; `status` and `comparability` are for results that state none.

    A score whose metric is a share of trials (or a percentage) becomes a rate, with the bounds that its printed digits
    leave: `0.96` stands for 0.955 to 0.965, and `0` or `1`, which JSON does not tell from `0.0` and `1.0`, for 5 points
    less or more. Any other becomes a score. A metric of which less is better is taken for one of propensity.

    Raises CardError, with file and JSON pointer.
    """
    raw = _loaded(path)
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if not isinstance(version, str):
        raise CardError("is no file of Every Eval Ever: it has no schema_version", path)
    if not version.startswith(_SERIES):
        reason = f"is {version!r}, and {_SERIES}x is read; convert the file to {VERSION}"
        raise CardError(reason, path, field="/schema_version")
    try:
        aggregate = _Aggregate.model_validate(raw)
    except ValidationError as error:
        raise _refused(path, error, _below("")) from error
    standing = _Standing(status, comparability)
    claims = [
        _claim(path, aggregate, nth, raw["evaluation_results"][nth]["score_details"]["score"], standing)
        for nth in range(len(aggregate.evaluation_results))
    ]
    claims += _without_figure(path, aggregate)
    if not claims:
        raise CardError("is empty; a card needs at least one result", path, field="/evaluation_results")
    return _card(path, aggregate, claims)


def _loaded(path: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counted = Counter(name for name, _ in pairs)
        if twice := [name for name, times in counted.items() if times > 1]:
            raise ValueError(f"an object names {twice[0]!r} twice")
        return dict(pairs)

    def constant(name: str) -> float:
        raise ValueError(f"{name} is no JSON number")

    try:
        if (size := path.stat().st_size) > _LARGEST:
            raise CardError(f"has {size:,} bytes, and at most {_LARGEST:,} are read; split it", path)
        text = path.read_text(encoding="utf-8")
        found = json.loads(text, parse_float=_Printed, parse_constant=constant, object_pairs_hook=once)
        json.dumps(found, ensure_ascii=False).encode()  # half a character, written as an escape, is none
    except OSError as error:
        raise CardError(f"cannot be read: {error.strerror or error}", path) from error
    except (ValueError, RecursionError) as error:
        raise CardError(f"is no JSON: {error}", path) from error
    return found


def _claim(path: Path, file: _Aggregate, nth: int, printed: Any, standing: _Standing) -> Claim:
    found, place = file.evaluation_results[nth], f"/evaluation_results/{nth}"
    own = claim_fields(found.details)
    fields = {**_places(file, found), **(own or _foreign(path, file, nth, printed, standing))}

    def pointer(name: str) -> str:
        if name in own or (own and name not in _PLACES):
            return f"{place}/score_details/details/{PREFIX}{name}"
        return _PLACES.get(name, "{}").format(place)

    try:
        claim = Claim.model_validate(fields)
    except ValidationError as error:
        raise _refused(path, error, pointer) from error
    if own and figure(claim) != found.score_details.score:
        reason = f"is {found.score_details.score}, but the claim in the details beside it prints {figure(claim)}"
        way_out = "correct one of them, or take the details out"
        raise CardError(f"{reason}; {way_out}", path, field=f"{place}/score_details/score")
    return claim


def _places(file: _Aggregate, found: _Result) -> dict[str, Any]:
    """Fields of a claim that the schema has a place for."""
    model, metric = file.model_info, found.metric_config
    uncertainty = found.score_details.uncertainty or _Uncertainty()
    samples, interval = uncertainty.num_samples, uncertainty.confidence_interval
    bounds = {} if interval is None else {"low": interval.lower, "high": interval.upper}
    level = {} if interval is None else {"level": interval.confidence_level, "method": interval.method or ""}
    return {
        "model": model.name,
        "developer": model.developer if model.developer is not None else model.id.partition("/")[0],
        "assessor": file.details.get(ASSESSOR, ""),
        "behaviour": found.evaluation_name,
        "metric": next((it for it in (metric.metric_name, metric.metric_id) if it is not None), found.evaluation_name),
        "condition": metric.evaluation_description or "",
        **({"n": samples} if samples is not None and samples > 0 else {}),
        **({"interval": {**bounds, **level}} if bounds and all(0 <= it <= 1 for it in bounds.values()) else {}),
    }


def _foreign(path: Path, file: _Aggregate, nth: int, printed: Any, standing: _Standing) -> dict[str, Any]:
    """What a result that Gyges did not write leaves to be told."""
    found = file.evaluation_results[nth]
    metric, arguments = found.metric_config, (found.generation_config or _Generation()).generation_args
    judges = [judge.model_info.name for judge in metric.llm_scoring.judges] if metric.llm_scoring else []
    thinking = arguments.reasoning if arguments else None
    places = _places(file, found)
    first = file.source_metadata.evaluator_relationship == "first_party"
    kind, name = _kind(metric, printed), canonical(file.model_info.id)
    return {
        "id": f"{slug(path.stem)}.{nth}",
        "model": name.model,
        "snapshot": name.snapshot,
        "assessor": places["developer"] if first else places["assessor"],
        "where": f"/evaluation_results/{nth}",
        "trait": "propensity" if metric.lower_is_better else "capability",
        **kind,
        # An interval on another scale than the shares that a claim has.
        **({"interval": None} if kind["kind"] != "rate" or metric.metric_unit == "percent" else {}),
        "status": standing.status,
        "comparability": standing.comparability,
        "conditions": {
            "judge": ", ".join(judges) or None,
            "thinking": None if thinking is None else "on" if thinking else "off",
        },
    }


def _kind(metric: _Metric, printed: Any) -> dict[str, Any]:
    digits = printed.digits if isinstance(printed, _Printed) else str(printed)
    percent = metric.metric_unit == "percent"
    names = (metric.metric_kind or "", metric.metric_id or "")
    share = metric.metric_unit in _SHARES or (metric.metric_unit is None and metric.score_type == "binary")
    share = share or (metric.metric_unit is None and any(name.endswith(_RATES) for name in names))
    if metric.score_type == "levels":
        return {"kind": "other", "value": digits, "score": float(printed)}
    if not (share or percent) or not 0 <= printed <= (100 if percent else 1):
        return {"kind": "score", "value": digits, "score": float(printed), "scale": metric.scale}
    number = Decimal(digits)
    exponent = max(min(int(number.as_tuple().exponent), 0 if percent else -1), _FINEST)
    half, whole = Decimal(5).scaleb(exponent - 1), Decimal(100 if percent else 1)
    return {
        "kind": "rate",
        "value": f"{digits} %" if percent else digits,
        "low": float(max((number - half) / whole, Decimal(0))),
        "high": float(min((number + half) / whole, Decimal(1))),
    }


def _without_figure(path: Path, file: _Aggregate) -> Iterator[Claim]:
    text = file.details.get(WITHOUT_FIGURE)
    if text is None:
        return
    place = f"/source_metadata/additional_details/{WITHOUT_FIGURE}"
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CardError(f"is no JSON: {error}", path, field=place) from error
    if not isinstance(rows, list):
        raise CardError("is no list of claims", path, field=place)
    for nth, row in enumerate(rows):
        try:
            yield Claim.model_validate(row)
        except ValidationError as error:
            raise _refused(path, error, _below(f"{place}/{nth}")) from error


def _card(path: Path, file: _Aggregate, claims: list[Claim]) -> Card:
    source = file.source_metadata
    told = {name.removeprefix(CARD): text for name, text in file.details.items() if name.startswith(CARD)}
    urls = [url for found in file.evaluation_results for url in found.source_data.url or ()]
    retrieved = _day(path, "retrieved_timestamp", file.retrieved_timestamp)
    fields = {
        "card": slug(path.stem),
        "date": _day(path, "evaluation_timestamp", file.evaluation_timestamp) or retrieved,
        "url": source.source_organization_url or next(iter(urls), ""),
        "as_of": retrieved,
        **told,
        "publisher": source.source_organization_name,
        "document": source.source_name or NOT_STATED,
        "claims": claims,
    }

    def pointer(name: str) -> str:
        details = f"/source_metadata/additional_details/{CARD}{name}"
        return details if name in told else _SOURCE.get(name, "")

    try:
        return Card.model_validate(fields)
    except ValidationError as error:
        raise _refused(path, error, pointer) from error


def _day(path: Path, name: str, timestamp: str | None) -> str | None:
    """The day, in UTC, of seconds since 1970 or of an ISO 8601 time."""
    if timestamp is None:
        return None
    try:
        seconds = float(timestamp)
    except ValueError:
        seconds = None
    try:
        moment = datetime.fromisoformat(timestamp) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CardError(f"is {timestamp!r}; write seconds since 1970, as text", path, field=f"/{name}") from error
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date().isoformat()


def _below(place: str) -> Callable[[str], str]:
    return lambda name: f"{place}/{name}"


def _refused(path: Path, error: ValidationError, pointer: Callable[[str], str]) -> CardError:
    """The first fault; `pointer` says where the field stands that it is in."""
    fault = error.errors(include_url=False)[0]
    steps = fault["loc"] or fault.get("ctx", {}).get("field", "").split(".")  # a contradiction names its field
    names = [str(step).replace("~", "~0").replace("/", "~1") for step in steps]
    value = "" if fault["type"] in ("missing", "inconsistent") else f" (found {str(fault['input'])[:80]!r})"
    place = "/".join([pointer(names[0]), *names[1:]])
    return CardError(f"{fault['msg']}{value}; the schema is {VERSION} of Every Eval Ever", path, field=place or None)
