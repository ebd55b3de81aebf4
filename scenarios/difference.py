"""What a factor changes: declared under `touches`, held by comparing arms that are one factor apart."""

from collections.abc import Iterable, Iterator

from gyges.scenarios.census import Census
from gyges.scenarios.finding import Difference, Finding

LONGER = 0.15
"""Between levels of the contrast a part's length may differ by this share, or length explains what the level should."""


def differences(found: Census) -> list[Difference]:
    """For each factor, level other than the default, and part: the widest difference in length."""
    widest: dict[tuple[str, str, str], Difference] = {}
    for difference in _all(found):
        key = (difference.factor, difference.level, difference.part)
        if key not in widest or _gap(difference) > _gap(widest[key]):
            widest[key] = difference
    return [widest[key] for key in sorted(widest)]


def find_undeclared(found: Census, differences: Iterable[Difference]) -> Iterator[Finding]:
    """Parts that a factor changes and does not declare, or declares and does not change; lopsided contrasts."""
    changed: dict[str, set[str]] = {name: set() for name in found.scenario.factors}
    for difference in differences:
        changed[difference.factor].add(difference.part)
        if difference.factor == found.scenario.contrast and _gap(difference) > LONGER * min(difference.characters):
            yield Finding("arms", difference.part, _lopsided(difference))
    for name, factor in found.scenario.factors.items():
        for part in changed[name] - set(factor.touches):
            yield Finding("arms", part, f"differs between levels of {name}, which does not list it under `touches`")
        for part in set(factor.touches) - changed[name]:
            yield Finding("arms", part, f"is listed under `touches` of {name}, and is the same at every level")


def _all(found: Census) -> Iterator[Difference]:
    for (arm, wording), parts in found.renders.items():
        for name, factor in found.scenario.factors.items():
            base = found.renders.get((arm.but(name, factor.default), wording))
            if base is None or arm[name] == factor.default:
                continue
            for part in parts.keys() | base.keys():
                if parts.get(part) != base.get(part):
                    lengths = (_length(found, part, parts), _length(found, part, base))
                    yield Difference(name, arm[name], factor.default, part, lengths, wording)


def _length(found: Census, part: str, parts: dict[str, int]) -> int:
    return len(found.contents[part, parts[part]].decode(errors="replace")) if part in parts else 0


def _gap(difference: Difference) -> int:
    return abs(difference.characters[0] - difference.characters[1])


def _lopsided(difference: Difference) -> str:
    own, base = difference.characters
    return (
        f"is {own} characters long at {difference.level} and {base} at {difference.base} in wording "
        f"{difference.wording}; levels of the contrast should be within {LONGER:.0%}"
    )
