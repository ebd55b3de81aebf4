"""`engine.sh` on machines of many kinds, made of a folder of fake programs and a few files."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

SCRIPT = Path(__file__).parents[2] / "sandbox/setup/engine.sh"
REAL_PROGRAMS = (
    *("bash", "cat", "cp", "cut", "env", "grep", "head", "mkdir", "realpath", "rm", "sed", "seq"),
    *("setsid", "sleep", "sort", "tail", "timeout", "touch", "tr"),
)

# A docker client is on every one of these machines, as it is on many without an engine.
FAKES = {
    "docker": """
case "$1" in
    version) cat "$STATE/engine" 2>/dev/null || exit 1 ;;
    compose) cat "$STATE/compose" 2>/dev/null || exit 1 ;;
    buildx) [ -e "$STATE/compose" ] ;;
esac""",
    "apt-get": """
case "$*" in
    indextargets*)
        echo "http://mirror.example/debian/ bookworm main"
        echo "http://mirror.example/debian-security/ bookworm-security main"
        echo "http://other.example/ bookworm-pgdg main" ;;
    *" install "*)
        echo "$*" >> "$STATE/installed"
        [ ! -e "$STATE/apt-fails" ] || exit 100
        echo 26.1.5 > "$STATE/installed-engine"; echo 2.26.1 > "$STATE/compose" ;;
esac""",
    "dockerd": """
if [ "$1" = --version ]; then echo "Docker version $(cat "$STATE/installed-engine" || exit 1), build x"; exit; fi
echo "why it ended"
[ ! -e "$STATE/dockerd-fails" ] || exit 1
[ ! -e "$RUN/docker.pid" ] || { echo "process is still running"; exit 1; }
mkdir -p "$PROC/4242" && echo dockerd > "$PROC/4242/comm"
cp "$STATE/installed-engine" "$STATE/engine" """,
    "systemctl": 'echo "$*" >> "$STATE/systemctl"; cp "$STATE/installed-engine" "$STATE/engine"',
    "id": 'case "$1" in -u) cat "$STATE/uid" ;; -un) echo sam ;; esac',
    "uname": 'cat "$STATE/kernel"',
}


@dataclass
class Machine:
    """A made-up machine; what is set on it is a file in its `state`."""

    home: Path

    def has(self, name: str, content: str = "") -> None:
        (self.home / "state" / name).write_text(content)

    def state(self, name: str) -> str:
        path = self.home / "state" / name
        return path.read_text() if path.exists() else ""

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        seams = {
            "PATH": str(self.home / "bin"),
            "STATE": str(self.home / "state"),
            "RUN": str(self.home / "run"),
            "PROC": str(self.home / "proc"),
            "GYGES_OS_RELEASE": str(self.home / "state/os-release"),
            "GYGES_RUN_DIR": str(self.home / "run"),
            "GYGES_PROC": str(self.home / "proc"),
            "GYGES_APT_DIR": str(self.home / "apt"),
            "GYGES_DOCKERD_LOG": str(self.home / "state/dockerd.log"),
        }
        return subprocess.run(
            ["bash", str(SCRIPT)], env=seams | environment, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Debian 12, root, a docker client, no engine, no init system."""
    for folder in ("bin", "state", "run", "proc", "apt/sources.list.d", "apt/preferences.d"):
        (tmp_path / folder).mkdir(parents=True)
    for name in REAL_PROGRAMS:
        (tmp_path / "bin" / name).symlink_to(str(which(name)))
    for name, body in FAKES.items():
        path = tmp_path / "bin" / name
        path.write_text(f"#!{which('bash')}\n{body}\n")
        path.chmod(0o755)
    made = Machine(tmp_path)
    made.has("uid", "0")
    made.has("kernel", "Linux")
    made.has("os-release", "ID=debian\nVERSION_ID=12\n")
    return made


@pytest.mark.parametrize(
    ("engine", "compose"), [("24.0.6", "2.21.0"), ("26.1.5+dfsg1", "2.26.1-4"), ("29.0.1", "v5.0.0")]
)
def test_engine_that_answers_is_used_as_it_is(machine: Machine, engine: str, compose: str) -> None:
    """Where a recent engine answers, nothing is installed or started, whoever asks."""
    machine.has("engine", engine)
    machine.has("compose", compose)
    machine.has("uid", "1000")
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, f"Docker Engine {engine}, Compose {compose.removeprefix('v')}\n")
    assert machine.state("installed") == ""


def test_old_engine_is_named_and_left_alone(machine: Machine) -> None:
    """An engine that is too old may serve others: its version is told and it is not touched."""
    machine.has("engine", "20.10.24+dfsg1")
    machine.has("compose", "2.26.1")
    done = machine.run()
    assert done.returncode == 1
    assert "Docker Engine 20.10.24+dfsg1 answers, but >= 24.0.6 is needed" in done.stderr
    assert machine.state("installed") == ""


@pytest.mark.parametrize(
    ("os_release", "kernel", "uid", "command"),
    [
        ("ID=debian\nVERSION_ID=12\n", "Linux", "1000", f"sudo bash {SCRIPT} && sudo usermod -aG docker $USER"),
        ("ID=ubuntu\nVERSION_ID=24.04\n", "Linux", "1000", f"sudo bash {SCRIPT}"),
        ("ID=ubuntu\nVERSION_ID=22.04\n", "Linux", "0", "curl -fsSL https://get.docker.com | sudo sh"),
        ("ID=debian\nVERSION_ID=11\n", "Linux", "0", "curl -fsSL https://get.docker.com | sudo sh"),
        ("ID=fedora\nVERSION_ID=42\n", "Linux", "0", "sudo dnf install -y moby-engine docker-compose docker-buildx"),
        ("ID=arch\n", "Linux", "1000", "sudo pacman -S --needed docker docker-compose docker-buildx"),
        ("ID=plan9\n", "Linux", "0", "https://docs.docker.com/engine/install/"),
        ("", "Darwin", "501", "brew install --cask docker"),
    ],
)
def test_where_it_may_not_install_it_gives_the_command(
    machine: Machine, os_release: str, kernel: str, uid: str, command: str
) -> None:
    """Not root, or a system that the script does not serve: it stops, installs nothing, and says what to run."""
    machine.has("os-release", os_release)
    machine.has("kernel", kernel)
    machine.has("uid", uid)
    done = machine.run()
    assert done.returncode == 1
    assert command in done.stderr
    assert machine.state("installed") == ""


@pytest.mark.parametrize(
    ("os_release", "packages"),
    [
        (
            "ID=debian\nVERSION_ID=12\n",
            "iptables docker.io/trixie containerd/trixie docker-cli/trixie docker-buildx/trixie docker-compose/trixie",
        ),
        ("ID=debian\nVERSION_ID=13\n", "iptables docker.io containerd docker-cli docker-buildx docker-compose"),
        ("ID=ubuntu\nVERSION_ID=24.04\n", "iptables docker.io containerd docker-buildx docker-compose-v2"),
    ],
)
def test_installs_from_the_distribution(machine: Machine, os_release: str, packages: str) -> None:
    """Root on a machine with a client only gets the distribution's engine, announced first, and running at the end."""
    machine.has("os-release", os_release)
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, "Docker Engine 26.1.5, Compose 2.26.1\n"), done.stderr
    assert machine.state("installed").strip().endswith(f"--no-install-recommends {packages}")
    assert done.stderr.startswith("Installing from ")


def test_debian_12_takes_debian_13_from_its_own_mirror_at_low_priority(machine: Machine) -> None:
    """The extra source is the machine's own with the suite changed, other archives left out, pinned at 100."""
    machine.run()
    signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    assert (machine.home / "apt/sources.list.d/docker-trixie.list").read_text().splitlines() == [
        f"deb {signed} http://mirror.example/debian-security/ trixie-security main",
        f"deb {signed} http://mirror.example/debian/ trixie main",
    ]
    assert "Pin-Priority: 100" in (machine.home / "apt/preferences.d/docker-trixie").read_text()


def test_second_run_restarts_a_daemon_that_died(machine: Machine) -> None:
    """An installed engine that does not run is started, past a pid file whose number another process has now."""
    machine.has("installed-engine", "26.1.5")
    machine.has("compose", "2.26.1")
    (machine.home / "run/docker.pid").write_text("77")
    (machine.home / "proc/77").mkdir()
    (machine.home / "proc/77/comm").write_text("nginx\n")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert machine.state("installed") == ""


def test_starts_the_service_where_there_is_systemd(machine: Machine) -> None:
    """Under systemd the daemon is the system's own service, not a process of this script's."""
    machine.has("installed-engine", "26.1.5")
    machine.has("compose", "2.26.1")
    (machine.home / "run/systemd/system").mkdir(parents=True)
    assert machine.run().returncode == 0
    assert machine.state("systemctl") == "enable --now docker\n"


def test_missing_plugins_alone_are_installed(machine: Machine) -> None:
    """An engine that answers is left as it is while Compose and buildx are added."""
    machine.has("engine", "26.1.5")
    assert machine.run().returncode == 0
    assert machine.state("installed").strip().endswith("iptables docker-buildx/trixie docker-compose/trixie")


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ("dockerd-fails", "why it ended"),
        ("apt-fails", "apt-get could not install"),
    ],
)
def test_failure_says_why(machine: Machine, fails: str, said: str) -> None:
    """A step that fails ends the script at once, with its reason."""
    machine.has(fails)
    done = machine.run()
    assert done.returncode == 1
    assert said in done.stderr


def test_silent_remote_engine_is_not_replaced(machine: Machine) -> None:
    """Where DOCKER_HOST names another engine, installing one here would not help: the script says so."""
    done = machine.run(DOCKER_HOST="tcp://192.0.2.1:2375")
    assert done.returncode == 1
    assert "DOCKER_HOST is 'tcp://192.0.2.1:2375'" in done.stderr
    assert machine.state("installed") == ""


@pytest.mark.parametrize("script", [SCRIPT, SCRIPT.parents[2] / ".ci/run"], ids=lambda path: path.name)
def test_script_parses_and_may_be_executed(script: Path) -> None:
    """A shell accepts the script, and it can be run by its name."""
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)
