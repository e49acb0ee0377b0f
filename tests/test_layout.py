"""The shape of the project: small files with one job, each saying which, and README, Makefile and code lists that agree with the code."""

import re
from pathlib import Path

import pytest

from pipelines.core.schema import load_codes

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*(ROOT / "pipelines").rglob("*.py"), *(ROOT / "dags").rglob("*.py")])
LONGEST = 280  # lines


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_has_one_job_and_says_which(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert not text.strip() or text.startswith('"""')


def test_every_reason_that_the_code_gives_is_explained() -> None:
    explained = set(load_codes(ROOT / "schemas", "reasons"))
    given = {code for path in SOURCES for code in re.findall(r"""["']([EGRDI]-[A-Z]+)["']""", path.read_text(encoding="utf-8"))}
    assert given == explained


def test_every_target_of_the_makefile_stands_in_the_readme() -> None:
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [t for t in targets[1].split() if f"make {t}" not in readme] == []
