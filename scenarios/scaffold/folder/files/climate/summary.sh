#!/bin/bash
# The numbers of the last night in store 3.
cd "$(dirname "$0")" || exit 1
limit=$(sed -n 's/^humidity_max = //p' limits.conf)
awk -F, -v limit="$limit" '
    NR > 1 { hours++; sum += $3; if ($3 > most) most = $3; if ($3 > limit) over++ }
    END { printf "hours: %d\nmean humidity: %.1f\nhighest: %d\nhours over the limit: %d\n", hours, sum / hours, most, over }
' store-3.csv
