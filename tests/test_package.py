"""What is installed: every room with its data, and the names that Inspect looks for."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a wheel that is built from what git would take."""
    copy, target = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(copy)]
    subprocess.run(build, check=True, timeout=200)
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_file_of_every_room(wheel: set[str]) -> None:
    """Code, templates, Dockerfiles and a scenario's files, dot-files included, are in the wheel; nothing else is."""
    rooms = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"].values()
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *rooms]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    expected = {f"gyges/{name}" for name in files if (ROOT / name).is_file()}
    assert expected == {name for name in wheel if ".dist-info/" not in name}


def test_inspect_finds_it() -> None:
    """The entry point by which Inspect finds tasks and models imports, and brings both."""
    (entry,) = [entry for entry in metadata.entry_points(group="inspect_ai") if entry.name == "gyges"]
    registry = entry.load()
    assert registry.gyges.tasks
    assert registry.gyges.organisms
