"""What logs measured beside what developers published, with one verdict from a closed vocabulary for each figure."""

from .comparison import Comparison
from .comparisons import Comparisons, compare
from .verdict import ACCEPTABLE, Qualifier, Reason, Verdict

__all__ = ["ACCEPTABLE", "Comparison", "Comparisons", "Qualifier", "Reason", "Verdict", "compare"]
