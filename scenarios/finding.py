"""What the lint finds, and what it has looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong with a scenario."""

    rule: str
    where: str
    """A file with line where one is known (`wordings/plain.yaml:12`), else a part (`mail:2038`)."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class Difference:
    """How one part differs between two levels of a factor, in the wording where it differs most in length."""

    factor: str
    level: str
    base: str
    """The factor's default level."""
    part: str
    characters: tuple[int, int]
    """Length at `level` and at `base`."""
    wording: str


@dataclass(frozen=True)
class Report:
    """The findings about one scenario; none means that it is clean."""

    scenario: str
    findings: tuple[Finding, ...]
    renders: int = 0
    differences: tuple[Difference, ...] = ()
