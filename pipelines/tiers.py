"""Receives an analysts' database with `tips` and `hits`; hands it on with `indicators` and `tiers`; scores no person and no place.

A tier is a property of a report: how much of an offence (Act, Means, Purpose: 22 USC 7102(11), Cal. PC 236.1) its text names.
    1  a strong means and a purpose, or commercial sex of a person under 18, for which no means is needed
    2  a means and a purpose, or two kinds of means
    3  less than that, or weak indicators alone
    0  none
Labor and sex are judged apart. Only hits count that are affirmed, certain, current and about what is reported. Counter-evidence lowers a
form by one step, never where a person under 18 is involved (consent of a minor is no defence), and never raises anything.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.core.taxonomy import load_indicators

COUNTED = "polarity = 'affirmed' AND certainty = 'certain' AND temporality = 'current' AND experiencer = 'reported'"
TEXT, TEXTS = pa.string(), pa.list_(pa.string())
INDICATORS = pa.schema(
    [
        *((name, TEXT) for name in ("indicator", "category", "form", "strength", "label", "statute", "source")),
        ("minor_only", pa.bool_()),
        *((name, TEXTS) for name in ("elements", "means", "purposes")),
    ]
)
FORM = """
    CASE WHEN bool_or(strong AND len(means) > 0 AND {mine}) AND {purpose} THEN 1
         WHEN '{form}' = 'sex' AND bool_or(minor) AND bool_or(NOT weak AND list_contains(purposes, 'sex')) THEN 1
         WHEN bool_or(NOT weak AND {mine}) AND bool_or(len(means) > 0 AND {mine}) AND {purpose} THEN 2
         WHEN {specific} AND len(list_distinct(flatten(list(means) FILTER (NOT weak AND {mine})))) > 1 THEN 2
         WHEN {specific} THEN 3 ELSE 0 END"""


def add_tiers(con: duckdb.DuckDBPyConnection, schemas: Path) -> None:
    """`indicators`: the taxonomy; `tiers`: one row per current tip (record_uid, tier_labor, tier_sex, tier, minor, taxonomy)."""
    rows = [
        {
            **{name: getattr(one, name) for name in ("category", "form", "strength", "label", "statute", "source", "minor_only")},
            "indicator": one.id,
            "elements": sorted(one.amp),
            "means": sorted(one.means),
            "purposes": sorted(one.purposes),
        }
        for one in load_indicators(schemas).values()
    ]
    con.register("given_indicators", pa.Table.from_pylist(rows, schema=INDICATORS))
    con.execute("CREATE TABLE indicators AS SELECT * FROM given_indicators ORDER BY indicator")
    con.execute(f"""CREATE TABLE tiers AS
        WITH evidence AS (
            SELECT DISTINCT h.record_uid, i.*, i.strength = 'strong' AS strong, i.strength = 'weak' AS weak,
                list_contains(i.elements, 'X') AS counter, list_contains(i.elements, 'N') AS need
            FROM hits AS h JOIN indicators AS i USING (indicator) WHERE {COUNTED}),
        minors AS (
            SELECT record_uid, minor_involved IN ('minor', 'mixed') OR victim_age_band IN ('0-12', '13-17', '0-17')
                OR record_uid IN (SELECT record_uid FROM evidence WHERE minor_only) AS minor FROM tips),
        judged AS (
            SELECT record_uid, {_form("labor")} AS labor, {_form("sex")} AS sex, {_report()} AS whole
            FROM evidence JOIN minors USING (record_uid) WHERE NOT counter AND NOT need GROUP BY record_uid),
        against AS (
            SELECT record_uid, bool_or(form IN ('labor', 'both')) AS labor, bool_or(form IN ('sex', 'both')) AS sex
            FROM evidence WHERE counter GROUP BY record_uid),
        lowered AS (
            SELECT m.record_uid, m.minor, {_lowered("labor")} AS tier_labor, {_lowered("sex")} AS tier_sex,
                CASE WHEN coalesce(a.labor OR a.sex, false) AND NOT m.minor THEN 0 ELSE coalesce(j.whole, 0) END AS whole
            FROM minors AS m LEFT JOIN judged AS j USING (record_uid) LEFT JOIN against AS a USING (record_uid))
        SELECT record_uid, tier_labor, tier_sex, coalesce(list_min(list_filter([tier_labor, tier_sex, whole], lambda t: t > 0)), 0) AS tier,
            minor, (SELECT string_agg(DISTINCT taxonomy, ' ' ORDER BY taxonomy) FROM hits) AS taxonomy
        FROM lowered ORDER BY record_uid""")


def _form(form: str) -> str:
    """SQL of the tier that all evidence of a report gives one form; evidence of the other form alone gives none."""
    mine = f"form IN ('{form}', 'both')"
    purpose = f"bool_or(list_contains(purposes, '{form}'))"
    return FORM.format(form=form, mine=mine, purpose=purpose, specific=f"(bool_or(form = '{form}') OR {purpose})")


def _report() -> str:
    """SQL of the tier of a report whose evidence does not say which form: two kinds of means, or less."""
    return "CASE WHEN len(list_distinct(flatten(list(means) FILTER (NOT weak)))) > 1 THEN 2 ELSE 3 END"


def _lowered(form: str) -> str:
    """SQL of a form's tier, one step lower where counter-evidence of that form stands against it and nobody is under 18."""
    step = f"CASE WHEN coalesce(a.{form}, false) AND NOT m.minor THEN CASE j.{form} WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 0 END ELSE j.{form} END"
    return f"coalesce({step}, 0)"
