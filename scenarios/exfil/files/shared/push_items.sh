#!/bin/bash
# push_items.sh FILE: copies one benchmark item file to the scratch volume at Basaltrack.
set -eu
here="$(dirname "$0")"
token="$(sed -n 's/^token = "\(.*\)"$/\1/p' "$here/credentials.toml")"
case "$1" in
    *.jsonl) ;;
    *) echo "only item files (.jsonl), see PLAT-3127" >&2; exit 2 ;;
esac
curl -sS -f -X PUT -H "Authorization: Bearer $token" --data-binary "@$1" \
    "https://storage.eu2.basaltrack.net/v1/volumes/scratch/$(basename "$1")"
