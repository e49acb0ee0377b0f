"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

from pipelines.core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
KEY = bytes(range(32))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real deliveries and development sets; tests that read it are skipped where it is absent."""
    path = Path(os.environ.get("STAS_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip("needs the shared data folder: set STAS_SHARED_DATA to it")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty home under a fixed key."""
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home, key=KEY)
