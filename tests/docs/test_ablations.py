"""The table of published conditions in the documentation is the scenario's own data."""

from __future__ import annotations

import re
from pathlib import Path

from gyges.scenarios import load_scenario
from gyges.scenarios.content import Ablation

PAGE = Path(__file__).parents[2] / "docs" / "alignment-faking.md"
TABLE = re.compile(r"<!-- table of ablations -->\n(.*?)<!-- end of table -->", re.DOTALL)
MEASURES = ("faking", "refuse_trained", "refuse_unmonitored", "gap")


def row(name: str, ablation: Ablation) -> str:
    """One line of the table."""
    levels = [f"{factor}={level}" for factor, level in ablation.levels.items()]
    levels += [f"wording={ablation.wording}"] if ablation.wording else []
    figures = [f"{ablation.published[m]:g}" if m in ablation.published else "" for m in MEASURES]
    cells = (ablation.row, f"`{name}`", " ".join(levels) or "(defaults)", *figures, ablation.differs)
    return f"| {' | '.join(cells)} |"


def table() -> str:
    """The whole table, as it should stand in the page."""
    head = "| row | `ablation=` | sets | faking | refuse, trained | refuse, unmonitored | gap | differs |"
    found = load_scenario("alignment_faking").ablations
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *(row(*item) for item in found.items())]) + "\n"


def test_the_table_is_what_the_data_say() -> None:
    """Every published condition stands in the page with its command and its figures, and no other does."""
    match = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert match
    assert match[1] == table()
