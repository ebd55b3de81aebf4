"""Logs in, numbers out. What lies where, in the order in which a number comes about:

- logs to trials: `log_file`, `trials` (the only reader of logs), `header`, `summary`, `scores`, `judged`, `trial`,
  `reading`; as flat rows: `rows`, `row_file`
- arithmetic: `statistics/`; what a claim needs before the run: `plan/`
- trials to a report: `group` with `contrast` (red lines), `judged_acts` (acts that a judge must confirm), `styles`
  (published and own wordings apart) and `observation` (what is recorded besides), each by `arms`; `tiers` with
  `stratum` and `corrected` (alignment faking), `calibration` (judges), `family` (Holm), `report`; shown by `table` with
  `beside_table`, `tier_table`, `calibration_table`, `timeline`; as one file by `page/`; as JSON by `plain`
- published figures: `cards/`; trials as such figures: `measured`; one beside the other: `comparison/`
"""

from .contrast import Contrast
from .group import Group, Row
from .inert import inert
from .log_file import NoLogsError
from .reading import Reading, read_trials
from .report import Report, report_on
from .statistics.bounds import percent
from .statistics.rate import Rate
from .trial import Trial, Unreadable
from .trials import read_log, read_sample

__all__ = [
    "Contrast",
    "Group",
    "NoLogsError",
    "Rate",
    "Reading",
    "Report",
    "Row",
    "Trial",
    "Unreadable",
    "inert",
    "percent",
    "read_log",
    "read_sample",
    "read_trials",
    "report_on",
]
