"""A tier follows from a report's evidence: weak signs alone never pass tier 3, a minor needs no means, counter-evidence only lowers adults'."""

import duckdb
import pytest

from pipelines.core.settings import ROOT
from pipelines.tiers import add_tiers

SCHEMAS = ROOT / "schemas"
ADULT, MINOR = ("adult", "25-59"), ("minor", "13-17")


def tier(*hits: str, who: tuple[str, str] = ADULT) -> tuple[int, int, int]:
    """labor, sex and overall tier of one report; `-ID` is a negated hit."""
    con = duckdb.connect()
    con.execute("CREATE TABLE tips AS SELECT 'a' AS record_uid, ? AS minor_involved, ? AS victim_age_band", who)
    con.execute("CREATE TABLE hits (record_uid VARCHAR, indicator VARCHAR, polarity VARCHAR, certainty VARCHAR, temporality VARCHAR, "
                "experiencer VARCHAR, taxonomy VARCHAR)")  # fmt: skip
    for hit in hits:
        polarity = "negated" if hit.startswith("-") else "affirmed"
        con.execute("INSERT INTO hits VALUES ('a', ?, ?, 'certain', 'current', 'reported', 'v')", (hit.lstrip("-"), polarity))
    add_tiers(con, SCHEMAS)
    row: tuple[int, int, int] = con.execute("SELECT tier_labor, tier_sex, tier FROM tiers").fetchall()[0]
    return row


@pytest.mark.parametrize(
    ("hits", "who", "expected"),
    [
        ((), ADULT, (0, 0, 0)),
        (("-DOC-01", "-WAG-01"), ADULT, (0, 0, 0)),
        (("DOC-01", "WAG-01"), ADULT, (1, 0, 1)),
        (("DOC-01", "LAB-01"), ADULT, (1, 0, 1)),
        (("SEX-01",), ADULT, (0, 1, 1)),
        (("DOC-01",), ADULT, (0, 0, 3)),
        (("RES-02", "LAB-01"), ADULT, (2, 0, 2)),
        (("RES-02", "DOC-02"), ADULT, (0, 0, 2)),
        (("RES-09", "WAG-03", "LAB-02", "LAB-03", "SEX-06", "MOV-03", "FOR-05"), ADULT, (3, 3, 3)),
        (("SEX-02",), MINOR, (0, 1, 1)),
        (("SEX-02",), ADULT, (0, 1, 1)),
        (("SEX-10",), MINOR, (0, 1, 1)),
        (("SEX-06",), MINOR, (0, 3, 3)),
        (("SEX-01", "NEG-01"), ADULT, (0, 2, 2)),
        (("SEX-02", "NEG-01"), MINOR, (0, 1, 1)),
        (("WAG-01", "NEG-02"), ADULT, (3, 0, 3)),
        (("LAB-01", "NEG-02"), ADULT, (0, 0, 0)),
        (("URG-01", "URG-04", "NEG-04"), ADULT, (0, 0, 0)),
        (("SEX-01", "WAG-01", "DOC-01"), ADULT, (1, 1, 1)),
    ],
)
def test_tiers(hits: tuple[str, ...], who: tuple[str, str], expected: tuple[int, int, int]) -> None:
    assert tier(*hits, who=who) == expected


@pytest.mark.slow
def test_counter_evidence_and_needs_never_raise_a_tier() -> None:
    signs = ("DOC-01", "RES-02", "LAB-01", "SEX-01", "SEX-02", "SEX-06", "WAG-03")
    ranks = {1: 3, 2: 2, 3: 1, 0: 0}
    for sign in signs:
        for more in ("NEG-01", "NEG-02", "NEG-03", "NEG-04", "URG-01"):
            for who in (ADULT, MINOR):
                before, after = tier(sign, who=who), tier(sign, more, who=who)
                assert all(ranks[b] >= ranks[a] for b, a in zip(before, after, strict=True))
                assert who == ADULT or before == after
