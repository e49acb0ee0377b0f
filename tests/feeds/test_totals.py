"""A delivery of totals in which a row could stand for a person is refused whole, with the law named, and nothing of it is kept."""

import csv
import hashlib
import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.errors import ConfigFault
from pipelines.core.receipts import Account
from pipelines.core.settings import Settings
from pipelines.intake.formats import Rows
from pipelines.intake.totals import law_of, refuse_row_level

NAME = "vsb_services_2026-Q3_2026-10-19.csv"
AS_OF = datetime(2026, 10, 19, tzinfo=UTC)
SERVICES = ("Information & referral", "Personal advocacy", "Emotional support", "Emergency shelter", "Case management", "Mental health")
COUNTIES = ("FRESNO", "ORANGE", "SAN DIEGO")
Row = dict[str, str]
Admit = Callable[..., dict[str, Any]]


def totals(**values: str) -> list[Row]:
    """Eighteen good totals."""
    good = {"victimization": "Human Trafficking: Labor", "people_served": "40", "people_new": "12", "requests_unmet": "0", "grantees": "3"}
    return [{"county": county, "quarter": "2026-Q3", "service": service, **good, **values} for county in COUNTIES for service in SERVICES]


def to_csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def digest(number: int, kind: str = "sha256") -> str:
    return hashlib.new(kind, f"client {number}".encode(), usedforsecurity=False).hexdigest()


def each(rows: list[Row], column: str, value: Callable[[int], str]) -> list[Row]:
    return [{**row, column: value(number)} for number, row in enumerate(rows)]


def clients() -> list[Row]:
    """One row per client: every count is 1, and the cells repeat."""
    return [row | {"people_served": "1", "people_new": "1", "requests_unmet": ""} for row in totals() for _ in range(4)]


REFUSED: dict[str, tuple[list[Row], str]] = {
    "a client id": (each(totals(), "client_id", lambda n: str(n)), "client_id"),
    "a case number in camel case": (each(totals(), "CaseNo", lambda n: str(n)), "CaseNo"),
    "a hash by its name": (each(totals(), "person hash", lambda n: "x"), "person hash"),
    "a UID": (each(totals(), "uid", lambda n: str(n)), "uid"),
    "a date of intake": (each(totals(), "intake_date", lambda n: "2026-07-04"), "intake_date"),
    "SHA-256 in a listed column": (each(totals(), "service", lambda n: digest(n)), "service"),
    "one MD5 among good rows": (each(totals(), "victimization", lambda n: digest(n, "md5") if n == 7 else "Human Trafficking: Sex"), "victimization"),
    "a UUID behind a county": (each(totals(), "county", lambda n: f"FRESNO {uuid.UUID(int=n)}"), "county"),
    "an encoded id": (each(totals(), "service", lambda n: "Q2xpZW50IG51bWJlciAx" + str(n)), "service"),
    "short ids in a listed column": (each(totals(), "county", lambda n: f"F-{n:03d}"), "county"),
    "counts of 1 throughout": (
        each(totals(people_served="1", people_new="1", requests_unmet=""), "service", lambda n: SERVICES[n % 6]),
        "1 throughout",
    ),
    "a row per client": (clients(), "1 throughout"),
    "many rows to a cell": ([row | {"people_served": str(20 + n)} for row in totals() for n in range(4)], "rows to a cell"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_row_level_data_is_refused_whole(case: str, admit: Admit, settings: Settings) -> None:
    rows, words = REFUSED[case]
    receipt = admit("vsb_services", to_csv(rows), name=NAME, as_of=AS_OF)
    assert receipt["error"] and receipt["error"]["code"] == "E-ROWLEVEL"
    message = receipt["error"]["message"]
    assert words in message and "34 USC 12291(b)(2)" in message and "28 CFR 94.115" in message
    assert digest(7, "md5") not in str(receipt) and digest(0) not in str(receipt)
    assert receipt["counts"]["accepted"] == receipt["counts"]["quarantined"] == 0
    left = [p for p in settings.home.rglob("*") if p.is_file() and p.relative_to(settings.home).parts[0] in ("landing", "canonical", "quarantine")]
    assert left == []


def test_a_column_of_names_is_refused_and_not_kept(admit: Admit, settings: Settings) -> None:
    receipt = admit("vsb_services", to_csv(each(totals(), "client_name", lambda n: "Placeholdername")), name=NAME, as_of=AS_OF)
    assert receipt["error"]["code"] == "E-DENIED"
    assert not list(settings.home.glob("landing/*/*"))


def test_a_column_that_is_not_listed_is_refused(admit: Admit) -> None:
    receipt = admit("vsb_services", to_csv(each(totals(), "remarks", lambda n: "none")), name=NAME, as_of=AS_OF)
    assert receipt["error"]["code"] == "E-UNLISTED" and "remarks" in receipt["error"]["message"]


def test_good_totals_pass_and_blank_zero_and_suppressed_stay_apart(admit: Admit, settings: Settings) -> None:
    rows = totals()
    rows[0] |= {"people_served": "", "people_new": ""}
    rows[1] |= {"people_served": "0", "people_new": "0"}
    rows[2] |= {"people_served": "S", "people_new": "<11"}
    receipt = admit("vsb_services", to_csv(rows), name=NAME, as_of=AS_OF)
    assert receipt["counts"]["accepted"] == 18 and receipt["error"] is None
    restated = [row | {"people_served": "41"} for row in rows[3:5]]
    admit("vsb_services", to_csv(restated), name=NAME.replace("10-19", "10-26"), as_of=datetime(2026, 10, 26, tzinfo=UTC))
    with duckdb.connect(str(flow.build(settings).path), read_only=True) as con:
        states = con.execute("SELECT people_served_state, count(*), sum(people_served) FROM victim_services GROUP BY 1 ORDER BY 1").fetchall()
        versions = con.execute("SELECT count(*), count(known_to) FROM victim_services_versions").fetchall()
        before = con.execute("SELECT sum(people_served) FROM victim_services_as_of(TIMESTAMP '2026-10-20')").fetchall()
        weeks = con.execute("SELECT count(*) FROM feed_weeks WHERE feed = 'vsb_services'").fetchall()
        described = con.execute("SELECT count(*) FROM dictionary WHERE \"table\" IN ('victim_services', 'training')").fetchall()
    assert states == [("blank", 1, None), ("reported", 15, 13 * 40 + 2 * 41), ("suppressed", 1, None), ("zero", 1, 0)]
    assert versions == [(20, 2)] and before == [(15 * 40,)] and weeks == [(0,)]
    assert described[0][0] > 20


def test_a_bad_total_costs_its_own_row(admit: Admit) -> None:
    rows = [row | {"quarter": f"{year}-Q{quarter}"} for year in (2024, 2025) for quarter in (1, 2, 3, 4) for row in totals()]
    rows[5] |= {"people_new": "41"}
    rows[9] |= {"requests_unmet": "some"}
    receipt = admit("vsb_services", to_csv(rows), name=NAME, as_of=AS_OF)
    assert {(r["reason"], tuple(r["row_numbers"])) for r in receipt["reasons"]} == {("R-CHECK", (6,)), ("R-NUMBER", (10,))}
    assert receipt["counts"]["accepted"] == len(rows) - 2


def test_a_training_feed_takes_no_officers(admit: Admit, settings: Settings) -> None:
    header = "Month\tCourse\tFrom\tMode\tRegion\tSessions\tHours\tAttended\tCompleted\tBadge"
    lines = [f"10/2026\tHT-101\tPolice\tRoom\tCA\t1\t2,5\t20\t{n}\tB{n}" for n in range(12, 18)]
    content = "\n".join([header, *lines, ""]).encode()
    receipt = admit("csti_training", content, name="csti_training_2026-11-02.tsv", as_of=datetime(2026, 11, 2, tzinfo=UTC))
    assert receipt["error"]["code"] == "E-ROWLEVEL" and "totals only" in receipt["error"]["message"]


def test_a_provider_cannot_be_given_a_table_of_records(settings: Settings) -> None:
    provider = feed_named(settings.schemas, "vsb_services").model_copy(update={"table": "tips"})
    agency = feed_named(settings.schemas, "stac_tips").model_copy(update={"table": "training"})
    for feed in (provider, agency):
        with pytest.raises(ConfigFault, match="do not go together"), duckdb.connect() as con:
            refuse_row_level(con, settings, feed, Rows(lambda: [], lambda _: None), Account())


def test_records_come_from_feeds_of_records_alone(settings: Settings) -> None:
    laws = {name: law_of(settings, feed_named(settings.schemas, name)) for name in ("vsb_services", "csti_training", "stac_tips", "ccic_incidents")}
    assert all(laws[name] for name in ("vsb_services", "csti_training")) and not laws["stac_tips"] and not laws["ccic_incidents"]
