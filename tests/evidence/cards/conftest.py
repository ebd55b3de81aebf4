"""Every Eval Ever's own validator, on what was written in its format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from every_eval_ever.validator.validation_core import ValidationReport, format_error, format_warning, validate_file

Faults = Callable[[Path], list[str]]


@pytest.fixture(scope="session")
def faults() -> Faults:
    """All that its schema models and its data store's checks have against the files below a folder, warnings too."""

    def found(folder: Path) -> list[str]:
        files = {str(path.relative_to(folder)): path for path in sorted((folder / "data").rglob("*")) if path.is_file()}
        assert files
        return [line for name in files for line in _lines(_validated(files, name))]

    return found


def _validated(files: dict[str, Path], name: str) -> ValidationReport:
    return validate_file(
        files[name],
        repo_path=name,
        available_files=files,
        read_repo_file=lambda other: files[other].read_text(encoding="utf-8"),
        run_semantic_checks=True,
    )


def _lines(report: ValidationReport) -> list[str]:
    lines = [*map(format_error, report.errors), *map(format_warning, report.warnings)]
    assert report.valid or lines
    return lines
