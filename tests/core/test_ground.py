"""Pseudonyms, settings, feed files, code lists and files: what everything else stands on."""

import os
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipelines.core.catalog import load_feed, load_feeds
from pipelines.core.errors import ConfigFault, SystemFault, UsageError
from pipelines.core.files import draft_folder_of, draft_of, sweep
from pipelines.core.pseudonyms import cmac, pseudonyms
from pipelines.core.receipts import Account
from pipelines.core.schema import load_table
from pipelines.core.settings import ROOT, Settings, load_settings
from pipelines.intake.compile import compile_feed

KEY = bytes(range(32))


@example_settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=70), min_size=1, max_size=9), st.integers(0, 4))
def test_pseudonyms_are_the_cmac_of_the_id(ids: list[str], skip: int) -> None:
    array = pa.array(["left out"] * skip + ids)[skip:]  # a slice has an offset
    for text, made in zip(ids, cmac(KEY, array), strict=True):
        reference = CMAC(AES(KEY))
        reference.update(text.encode())
        assert made.tobytes() == reference.finalize()


def test_a_missing_id_has_no_pseudonym() -> None:
    assert [x is None for x in pseudonyms(KEY, pa.array(["a", None, "b"])).to_pylist()] == [False, True, False]
    assert pseudonyms(KEY, pa.array([None, None], pa.string())).to_pylist() == [None, None]


def test_a_home_belongs_to_one_key(tmp_path: Path) -> None:
    load_settings({"STAS_KEY": KEY.hex(), "STAS_HOME": str(tmp_path)})
    with pytest.raises(ConfigFault, match="another master key"):
        load_settings({"STAS_KEY": bytes(32).hex(), "STAS_HOME": str(tmp_path)})


def test_the_key_is_made_once_outside_the_home_for_its_owner_alone(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "STAS_HOME": str(tmp_path / "home")}
    first, second = load_settings(environment), load_settings(environment)
    assert first.key == second.key
    (path,) = (tmp_path / "config").rglob("master.key")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        load_settings({"STAS_KEY": "no key", "STAS_HOME": str(tmp_path / "home")})


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('table = "incidents"', 'table = "persons"', "table"),
        ('kind = "csv"', 'kind = "csv"\ndelimeter = ";"', "delimeter"),
        ("[map.occurred_on]", "[map.occurred_at]", "occurred_at"),
        ('mode = "window"', 'mode = "action"', "map.action"),
        ('value = "06075"', 'value = "06999"', "county_fips"),
    ],
)
def test_a_wrong_feed_file_is_an_error_that_names_the_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    path = schemas / "feeds" / "ncric_incidents.toml"
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigFault, match=re.escape(named)):
        compile_feed(Settings(tmp_path, KEY, schemas), load_feed(path))


def test_every_feed_compiles_and_every_column_has_a_meaning() -> None:
    settings = Settings(ROOT, KEY)
    for feed in load_feeds(settings.schemas).values():
        assert "_faults" in compile_feed(settings, feed).sql
    for table in ("tips", "incidents", "hits"):
        for column in load_table(settings.schemas, table).columns:
            assert column.meaning and column.risk in {"direct", "quasi", "text", "safe"}


def test_an_account_that_does_not_add_up_is_our_fault() -> None:
    account = Account(received=1)
    account.quarantine(1, "R-DATE", "x")
    account.duplicates.add(1)
    with pytest.raises(SystemFault, match="does not reconcile"):
        account.counts()


def test_what_fails_while_it_is_written_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), draft_of(tmp_path / "f") as path:
        path.write_text("half")
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), draft_folder_of(tmp_path / "g") as folder:
        (folder / "x").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_the_sweep_takes_old_leftovers_and_no_draft_that_is_being_written(tmp_path: Path) -> None:
    for name, age in ((".draft-1-old", 9 * 3600), (".draft-2-new", 60)):
        path = tmp_path / "deep" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    assert sweep(tmp_path) == 1
    assert [p.name for p in (tmp_path / "deep").iterdir()] == [".draft-2-new"]
