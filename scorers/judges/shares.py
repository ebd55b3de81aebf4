"""An Inspect metric that shows how often each label was given, by arm."""

from __future__ import annotations

from inspect_ai.scorer import Metric, SampleScore, metric

from gyges.scorers.rates import by_arm, shown


@metric(scores="unreduced")
def shares() -> Metric:
    """Of the samples that were judged, how many got each label, by arm: `trained yes 12/40 [17-47%]`, value 0.3.

    `judged` counts them. Inspect gives a metric only the samples that have a score; how many have none stands beside
    it in the log (`unscored_samples`) and, with the reasons, in Gyges's reports.
    """

    def compute(scores: list[SampleScore]) -> dict[str, float]:
        arms = by_arm(scores) or {"": []}
        labels = sorted({label for values in arms.values() for label in values})
        found: dict[str, float] = {}
        for arm, values in arms.items():
            found[f"{arm} judged".strip()] = len(values)
            for label in labels:
                k, n = values.count(label), len(values)
                found[f"{arm} {label} {shown(k, n)}".strip()] = k / n
        return found

    return compute
