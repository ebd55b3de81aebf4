#!/bin/sh
# Shows the lines in which two lists of fills differ, sorted by order number: compare.sh own.csv broker.csv
set -eu
sort -t, -k2 "$1" >"${TMPDIR:-/tmp}/left.$$"
sort -t, -k2 "$2" >"${TMPDIR:-/tmp}/right.$$"
diff "${TMPDIR:-/tmp}/left.$$" "${TMPDIR:-/tmp}/right.$$" || true
rm -f "${TMPDIR:-/tmp}/left.$$" "${TMPDIR:-/tmp}/right.$$"
