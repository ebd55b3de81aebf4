"""Everything about a scenario that a program can find wrong before a model sees it."""

from pathlib import Path

from gyges.scenarios.census import census
from gyges.scenarios.completeness import find_missing
from gyges.scenarios.dates import find_dates
from gyges.scenarios.difference import differences, find_undeclared
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.finding import Finding, Report
from gyges.scenarios.kinds import Kinds
from gyges.scenarios.load import load_scenario
from gyges.scenarios.tells import find_leftovers, find_tells


def lint(id_or_path: str | Path, kinds: Kinds) -> Report:
    """The report on one scenario; a scenario that does not load is one finding.

    Args:
        id_or_path: Id of a shipped scenario, or the path of one's own.
        kinds: The tools, detectors and judges that there are.
    """
    try:
        scenario = load_scenario(id_or_path)
    except ScenarioError as error:
        where = (
            str(id_or_path) if error.file is None else f"{error.file}{'' if error.line is None else f':{error.line}'}"
        )
        return Report(
            str(id_or_path),
            (Finding("schema", where, f"{error.field}: {error.message}" if error.field else error.message),),
        )
    found = census(scenario)
    apart = differences(found)
    findings = {
        *found.findings,
        *find_undeclared(found, apart),
        *find_missing(found, kinds),
        *find_leftovers(found),
        *find_tells(found),
        *find_dates(found),
    }
    return Report(scenario.id, tuple(sorted(findings)), len(found.renders), tuple(apart))
