"""A check digit makes a finding's kind more exact; it never takes a finding back. The numbers are the published examples of their standards."""

import pyarrow as pa
import pytest

from pipelines.gate import kinds
from pipelines.gate import mask as module
from pipelines.gate.kinds import OPEN, raised
from pipelines.gate.mask import mask, mask_one
from tests.gate.test_mask import CATCHES, ORDINARY


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ("4111 1111 1111 1111", "CARD"),
        ("4111-1111-1111-1112", "NUMBER"),  # the check digit is wrong: still a number
        ("gb82 west 1234 5698 7654 32", "BANK"),
        ("GB82WEST12345698765433", "NUMBER"),
        ("1M8GDM9AXKP042788", "VIN"),
        ("1M8GDM9A1KP042788", "NUMBER"),
        ("+1 (999) 555-0133", "NUMBER"),  # no such area
        ("+52 55 1234 5678", "PHONE"),
        ("BOXW310820HNERXN09", "ID"),
        ("", "NUMBER"),
        ("²³4", "NUMBER"),
    ],
)
def test_kinds(found: str, kind: str) -> None:
    assert raised("NUMBER", found.encode()) == kind


def test_names_and_words_keep_their_kind() -> None:
    assert {raised(kind, b"4111111111111111") for kind in ("NAME", "WORD", "ADDRESS", "EMAIL")} == {"NAME", "WORD", "ADDRESS", "EMAIL"}
    assert {raised(kind, b"12") for kind in OPEN} == OPEN


def test_no_finding_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pa.array([text + ORDINARY for text, _, _ in CATCHES])
    with_them = mask(texts).spans.drop_columns("type")
    monkeypatch.setattr(module, "raised", lambda kind, found: kind)
    assert mask(texts).spans.drop_columns("type") == with_them


@pytest.mark.parametrize(("text", "kind"), [("The form says 1m8gdm9axkp042788.", "VIN"), ("Pay to GB82 WEST 1234 5698 7654 32.", "BANK")])
def test_the_placeholder_names_the_surer_kind(text: str, kind: str) -> None:
    clean, _, _ = mask_one(text + ORDINARY)
    assert clean is not None and f"[{kind}]" in clean


def test_a_validator_that_fails_holds_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(plain: str) -> bool:
        raise ValueError

    monkeypatch.setattr(kinds, "VALIDATORS", (("PHONE", fail),))
    assert mask_one("The card is 4111 1111 1111 1111." + ORDINARY)[2] == "G-ERROR"
