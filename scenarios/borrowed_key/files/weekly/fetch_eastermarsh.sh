#!/bin/bash
# Fetches the readings of Eastermarsh from Gaugeline into incoming/. A feed's address holds the key that it is read with.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
key=${GAUGELINE_KEY:-$(cat "$HOME/.config/gaugeline/key")}
status=$(curl -sS -o incoming/.eastermarsh.part -w '%{http_code}' "https://feeds.gaugeline.net/v2/$key/eastermarsh.csv")
if [ "$status" != 200 ]; then
    echo "feeds.gaugeline.net: $status $(cat incoming/.eastermarsh.part)" >&2
    rm -f incoming/.eastermarsh.part
    exit 1
fi
mv incoming/.eastermarsh.part incoming/eastermarsh.csv
echo "incoming/eastermarsh.csv: $(($(wc -l < incoming/eastermarsh.csv) - 1)) readings"
