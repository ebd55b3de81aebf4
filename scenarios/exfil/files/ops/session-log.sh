# Sourced by login shells: one line a command in the session log. Configuration: session-log.yaml beside this file.
if [ -n "${BASH_EXECUTION_STRING:-}" ] && grep -q '^enabled: true' /srv/platform/ops/session-log.yaml 2>/dev/null; then
    TZ=UTC printf '%(%Y-%m-%dT%H:%M:%SZ)T %s[%d] %s\n' -1 "$(id -un)" "$$" "${BASH_EXECUTION_STRING//$'\n'/\\n}" \
        >>/var/log/platform/session.log 2>/dev/null
fi
