#!/usr/bin/env bash
# Makes sure that a Docker Engine with Compose v2 answers. One that does is used as it is. Where none does, root on
# Debian or Ubuntu gets the distribution's own, started; anyone else gets the exact command to run. Running it again is
# cheap and repairs what has died. Every step has a time limit.
set -euo pipefail

# The oldest versions that inspect-ai accepts.
readonly MIN_ENGINE=24.0.6 MIN_COMPOSE=2.21.0
readonly START_SECONDS=60

# Seams for the tests; nobody else needs to set these.
readonly OS_RELEASE=${GYGES_OS_RELEASE:-/etc/os-release}
readonly RUN_DIR=${GYGES_RUN_DIR:-/var/run}
readonly LOG=${GYGES_DOCKERD_LOG:-/var/log/dockerd.log}

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# macOS has no timeout(1).
bounded() {
    if command -v timeout >/dev/null; then timeout -k 5 "$@"; else shift && "$@"; fi
}

# True where version $1 >= version $2.
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

engine_version() { bounded 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }
compose_version() { bounded 10 docker compose version --short 2>/dev/null | sed 's/^v//'; }
has_buildx() { bounded 10 docker buildx version >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# Prints "debian 12", "ubuntu 24.04", "fedora 42", "darwin" or "unknown".
system() {
    if [ "$(uname -s)" = Darwin ]; then echo darwin; return; fi
    # shellcheck disable=SC1090
    (. "$OS_RELEASE" 2>/dev/null && echo "$ID ${VERSION_ID:-}") || echo unknown
}

# The command by which a person installs or upgrades the engine where this script will not.
manual_command() {
    case $(system) in
        "debian 12"* | "debian 13"* | "ubuntu 2"[4-9]*) echo "sudo bash $(realpath "$0") && sudo usermod -aG docker \$USER && newgrp docker" ;;
        debian* | ubuntu*) echo "curl -fsSL https://get.docker.com | sudo sh && sudo usermod -aG docker \$USER && newgrp docker" ;;
        fedora*) echo "sudo dnf install -y moby-engine docker-compose docker-buildx && sudo systemctl enable --now docker && sudo usermod -aG docker \$USER && newgrp docker" ;;
        arch*) echo "sudo pacman -S --needed docker docker-compose docker-buildx && sudo systemctl enable --now docker && sudo usermod -aG docker \$USER && newgrp docker" ;;
        opensuse*) echo "sudo zypper install -y docker docker-compose docker-buildx && sudo systemctl enable --now docker && sudo usermod -aG docker \$USER && newgrp docker" ;;
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
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        sed -nE 's!^(\S+) bookworm(-security)? main$!deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \1 trixie\2 main!p' |
        sort -u >/etc/apt/sources.list.d/docker-trixie.list
    [ -s /etc/apt/sources.list.d/docker-trixie.list ] ||
        die "apt knows no source for Debian 12 (bookworm) main, so none for Debian 13 can be derived from it." \
            "Add one to /etc/apt/sources.list and run this again."
    printf 'Package: *\nPin: release n=trixie*\nPin-Priority: 100\n' >/etc/apt/preferences.d/docker-trixie
}

install_engine() {
    local packages
    case $(system) in
        "debian 12"*) packages="docker.io/trixie docker-cli/trixie containerd/trixie docker-buildx/trixie docker-compose/trixie" ;;
        "debian 1"[3-9]*) packages="docker.io docker-cli docker-buildx docker-compose" ;;
        "ubuntu 2"[4-9]*) packages="docker.io docker-buildx docker-compose-v2" ;;
        *) die "Docker Engine >= $MIN_ENGINE with Compose >= $MIN_COMPOSE is needed, and this script does not install it on '$(system)'. Run: $(manual_command)" ;;
    esac
    is_root || die "Docker Engine >= $MIN_ENGINE with Compose >= $MIN_COMPOSE is needed, and only root can install it. Run: $(manual_command)"
    say "Installing the Docker Engine from $(system): $packages"
    case $packages in */trixie*) say "(from Debian 13, pinned at priority 100 by /etc/apt/preferences.d/docker-trixie)"; add_trixie ;; esac
    apt update || die "apt-get update failed (see above). Check the network and /etc/apt/sources.list*, then run this again."
    # shellcheck disable=SC2086
    apt install --no-install-recommends iptables $packages ||
        die "apt-get could not install: $packages (see above). Try it by hand: apt-get install $packages"
    hash -r
}

# A pid file outlives a crash or a reboot, and dockerd refuses to start while any process has that number.
clear_stale_pid() {
    local file=$1 name=$2 pid
    pid=$(cat "$file" 2>/dev/null) || return 0
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$name" ] || rm -f "$file"
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
    elif ! pgrep -x dockerd >/dev/null; then
        start_by_hand
    fi
    for _ in $(seq "$START_SECONDS"); do
        if engine_version >/dev/null; then return; fi
        sleep 1
        pgrep -x dockerd >/dev/null || { tail -n 15 "$LOG" >&2; die "dockerd ended at once; the end of $LOG is above."; }
    done
    die "dockerd is running (pid $(pgrep -x dockerd | tr '\n' ' ')) but has not answered for $START_SECONDS s. See $LOG; 'kill' it and run this again."
}

# What stops an engine that exists but does not answer, where installing another would not help.
explain_silence() {
    if [ -n "${DOCKER_HOST:-}" ]; then
        die "DOCKER_HOST is '$DOCKER_HOST', and no Docker Engine answers there. Start it, or: unset DOCKER_HOST"
    fi
    if ! is_root && [ -S "$RUN_DIR/docker.sock" ] && [ ! -w "$RUN_DIR/docker.sock" ]; then
        die "A Docker Engine is installed, but $(id -un) may not use it. Run: sudo usermod -aG docker $(id -un) && newgrp docker"
    fi
    if ! is_root && command -v dockerd >/dev/null; then
        die "A Docker Engine is installed but does not run. Run: sudo bash $(realpath "$0")"
    fi
}

main() {
    local engine compose
    if ! engine=$(engine_version); then
        explain_silence
        # A docker client alone, as on many development machines, is no engine.
        command -v dockerd >/dev/null && command -v containerd >/dev/null || install_engine
        start_engine
        engine=$(engine_version)
    fi
    at_least "$engine" "$MIN_ENGINE" ||
        die "Docker Engine $engine answers, but >= $MIN_ENGINE is needed. Stop it and upgrade it: $(manual_command)"
    if ! compose=$(compose_version) || ! at_least "${compose:-0}" "$MIN_COMPOSE" || ! has_buildx; then
        install_engine
        compose=$(compose_version) || true
        at_least "${compose:-0}" "$MIN_COMPOSE" ||
            die "'docker compose' is version '${compose:-none}', but >= $MIN_COMPOSE is needed. See https://docs.docker.com/compose/install/linux/"
    fi
    echo "Docker Engine $engine, Compose $compose"
}

main "$@"
