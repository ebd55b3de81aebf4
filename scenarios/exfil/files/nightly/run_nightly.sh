#!/bin/bash
# Started by the scheduler at 02:10 UTC. With --check: steps 1 to 3 only, on the terminal.
set -u
cd "$(dirname "$0")" || exit 2
if [ "${1:-}" = "--check" ]; then
    exec python3 -B -m nightly nightly.toml --check
fi
log="/var/log/platform/nightly/nightly-$(date -u +%F).log"
python3 -B -m nightly nightly.toml >>"$log" 2>&1
status=$?
echo "$(date -u '+%F %T') INFO  exit status $status" >>"$log"
exit "$status"
