#!/usr/bin/env bash
# Makes sure that a Docker Engine with Compose v2 answers. One that does is used as it is. Where none does, root on
# Debian or Ubuntu gets the distribution's own, started; anyone else gets the exact command to run. Running it again is
# cheap and repairs what has died. Every step has a time limit.
set -euo pipefail

# The oldest versions that inspect-ai accepts; ../engine.py has them too.
readonly MIN_ENGINE=24.0.6 MIN_COMPOSE=2.21.0
readonly NEEDED="Docker Engine >= $MIN_ENGINE with Compose >= $MIN_COMPOSE and buildx"
readonly START_SECONDS=60

# Seams for the tests; nobody else needs to set these.
readonly OS_RELEASE=${GYGES_OS_RELEASE:-/etc/os-release}
readonly RUN_DIR=${GYGES_RUN_DIR:-/var/run}
readonly PROC=${GYGES_PROC:-/proc}
readonly APT_DIR=${GYGES_APT_DIR:-/etc/apt}
readonly LOG=${GYGES_DOCKERD_LOG:-/var/log/dockerd.log}

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# macOS has no timeout(1).
bounded() {
    if command -v timeout >/dev/null; then timeout -k 5 "$@"; else shift && "$@"; fi
}

# True where there is a version $1, and it is >= version $2.
at_least() { [ -n "$1" ] && [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

engine_version() { bounded 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }
compose_version() { bounded 10 docker compose version --short 2>/dev/null | sed 's/^v//'; }
has_buildx() { bounded 10 docker buildx version >/dev/null 2>&1; }
installed_version() { dockerd --version 2>/dev/null | sed -nE 's/^Docker version ([0-9][^,]*).*/\1/p'; }
daemon_pid() { grep -lxs dockerd "$PROC"/[0-9]*/comm | head -n 1 | sed -nE 's!.*/([0-9]+)/comm!\1!p'; }
is_root() { [ "$(id -u)" = 0 ]; }

# Prints "debian 12", "ubuntu 24.04", "fedora 42", "darwin" or "unknown".
system() {
    if [ "$(uname -s)" = Darwin ]; then echo darwin; return; fi
    # shellcheck disable=SC1090
    (. "$OS_RELEASE" 2>/dev/null && echo "$ID ${VERSION_ID:-}") || echo unknown
}

# The command by which a person installs or upgrades the engine where this script may not.
manual_command() {
    local me join
    me=$(realpath "$0")
    join="sudo usermod -aG docker \$USER && newgrp docker"
    case $(system) in
        "debian 1"[2-9]* | "ubuntu 2"[4-9]*) echo "sudo bash $me && $join" ;;
        debian* | ubuntu*) echo "curl -fsSL https://get.docker.com | sudo sh && $join" ;;
        fedora*) echo "sudo dnf install -y moby-engine docker-compose docker-buildx && sudo systemctl enable --now docker && $join" ;;
        arch*) echo "sudo pacman -S --needed docker docker-compose docker-buildx && sudo systemctl enable --now docker && $join" ;;
        opensuse*) echo "sudo zypper install -y docker docker-compose docker-buildx && sudo systemctl enable --now docker && $join" ;;
        darwin) echo "brew install --cask docker && open -a Docker" ;;
        *) echo "see https://docs.docker.com/engine/install/" ;;
    esac
}

apt() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a bounded 600 apt-get -qq -y \
        -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=2 \
        -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 \
        "$@" </dev/null >&2
}

# Debian 12's own engine is 20.10 and has no Compose v2. Debian 13's runs there as it is, without touching runc or libc,
# so long as nothing else is taken from that release: hence the priority of 100, below what is installed. The extra
# source is the machine's own one with the suite changed, so that a private mirror stays in use.
add_trixie() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        sed -nE 's!^(\S+) bookworm(-security)? main$!deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \1 trixie\2 main!p' |
        sort -u >"$APT_DIR/sources.list.d/docker-trixie.list"
    [ -s "$APT_DIR/sources.list.d/docker-trixie.list" ] ||
        die "apt knows no source for Debian 12 (bookworm) main, so none for Debian 13 can be derived from it." \
            "Add one to $APT_DIR/sources.list and run this again."
    printf 'Package: *\nPin: release n=trixie*\nPin-Priority: 100\n' >"$APT_DIR/preferences.d/docker-trixie"
}

# Installs "engine" (with its plugins) or only the "plugins" from the distribution.
install() {
    local suite="" engine="docker.io containerd docker-cli" plugins="docker-buildx docker-compose" packages
    case $(system) in
        "debian 12"*) suite=trixie ;;
        "debian 1"[3-9]*) ;;
        "ubuntu 2"[4-9]*) engine="docker.io containerd" plugins="docker-buildx docker-compose-v2" ;;
        *) die "$NEEDED is needed, and this script does not install it on '$(system)'. Run: $(manual_command)" ;;
    esac
    is_root || die "$NEEDED is needed, and only root can install it. Run: $(manual_command)"
    packages=$plugins
    [ "$1" = plugins ] || packages="$engine $plugins"
    say "Installing from $(system)${suite:+, with packages of Debian 13 (pinned at priority 100)}: $packages"
    [ -z "$suite" ] || add_trixie
    apt update || say "apt-get update failed (see above); trying with what apt knows already"
    # shellcheck disable=SC2046
    apt install --no-install-recommends iptables $(for name in $packages; do echo "$name${suite:+/$suite}"; done) ||
        die "apt-get could not install $packages (see above). Check the network and $APT_DIR/sources.list*, then run this again."
    hash -r
}

# A pid file outlives a crash or a reboot, and dockerd refuses to start while any process has that number.
clear_stale_pid() {
    local file=$1 name=$2 pid
    pid=$(cat "$file" 2>/dev/null) || return 0
    [ "$(cat "$PROC/$pid/comm" 2>/dev/null)" = "$name" ] || rm -f "$file"
}

start_by_hand() {
    clear_stale_pid "$RUN_DIR/docker.pid" dockerd
    clear_stale_pid "$RUN_DIR/docker/containerd/containerd.pid" containerd
    say "Starting dockerd; its log is $LOG"
    setsid dockerd --log-driver local --log-opt max-size=10m --log-opt max-file=2 >>"$LOG" 2>&1 </dev/null &
}

start_engine() {
    if [ -d "$RUN_DIR/systemd/system" ]; then
        say "Starting the docker service"
        bounded "$START_SECONDS" systemctl enable --now docker >&2 || die "systemctl could not start docker. See: journalctl -u docker -n 50"
    elif [ -z "$(daemon_pid)" ]; then
        start_by_hand
    fi
    local deadline=$((SECONDS + START_SECONDS))
    while ! engine_version >/dev/null; do
        [ "$SECONDS" -lt "$deadline" ] ||
            die "dockerd runs (pid $(daemon_pid)) but has not answered for $START_SECONDS s. See $LOG; kill it and run this again."
        sleep 1
        [ -n "$(daemon_pid)" ] || { tail -n 15 "$LOG" >&2; die "dockerd ended at once; the end of its log, $LOG, is above."; }
    done
}

# What stops an engine that exists but does not answer, where installing another would not help.
explain_silence() {
    if [ -n "${DOCKER_HOST:-}" ]; then
        die "DOCKER_HOST is '$DOCKER_HOST', and no Docker Engine answers there. Start it, or: unset DOCKER_HOST"
    fi
    if ! is_root && [ -S "$RUN_DIR/docker.sock" ] && [ ! -w "$RUN_DIR/docker.sock" ]; then
        die "A Docker Engine is installed, but $(id -un) may not use it. Run: sudo usermod -aG docker $(id -un) && newgrp docker"
    fi
    if ! is_root && [ -n "$(installed_version)" ]; then
        die "A Docker Engine is installed but does not run. Run: sudo bash $(realpath "$0")"
    fi
}

main() {
    local engine compose
    if ! engine=$(engine_version); then
        explain_silence
        # A docker client alone, as on many development machines, is no engine.
        at_least "$(installed_version)" "$MIN_ENGINE" || install engine
        start_engine
        engine=$(engine_version)
    fi
    # It may be running somebody's containers, so it is not this script that stops it.
    at_least "$engine" "$MIN_ENGINE" ||
        die "Docker Engine $engine answers, but >= $MIN_ENGINE is needed. Stop it (sudo systemctl stop docker docker.socket), then run: $(manual_command)"
    compose=$(compose_version) || true
    if ! at_least "$compose" "$MIN_COMPOSE" || ! has_buildx; then
        install plugins
        compose=$(compose_version) || true
        at_least "$compose" "$MIN_COMPOSE" ||
            die "'docker compose' is '${compose:-missing}' after its installation, but >= $MIN_COMPOSE is needed. Look for an older one in ~/.docker/cli-plugins"
    fi
    echo "Docker Engine $engine, Compose $compose"
}

main "$@"
