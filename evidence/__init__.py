"""Logs in, numbers out: trials, rates with exact intervals, paired contrasts, and the report over many logs."""

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
