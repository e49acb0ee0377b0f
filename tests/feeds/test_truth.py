"""The simulated centers' deliveries come out exactly as the ground truth says: every row accepted, repeated, held back or refused as planned."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import flow
from pipelines.core.settings import Settings
from pipelines.samples import LAST_WEEK, sent_deliveries
from pipelines.samples.centers import CALENDARS, FEEDS
from pipelines.samples.narratives import every_frame, frames
from pipelines.samples.sent import Sent, back
from tests.conftest import KEY
from tests.feeds.truth import land_sent, of_weeks, run
from tests.forks import visible

# Weeks back whose deliveries show what the others do not, by feed; each feed's last two are there as well.
TELLING = {
    "ccic_incidents": (52,),  # a zero report
    "ccic_tips": (40, 29),  # a changed template, and the backlog after five silent weeks
    "ncric_tips": (3,),  # two weeks in one delivery
    "ociac_incidents": (9,),
    "ociac_tips": (6,),  # a header alone
    "sdlecc_incidents": (44,),
    "sdlecc_tips": (47,),
    "vsb_services": (2, 67),  # a quarter, and one in which a hashed id was sent first
}


def telling_deliveries() -> list[Sent]:
    """Of every feed the last two weeks, and those that show what the others do not."""
    return [
        sent for feed in sorted(FEEDS) for sent in of_weeks([LAST_WEEK - timedelta(weeks=week) for week in {0, 1, *TELLING.get(feed, ())}], (feed,))
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bound"), [("TOGETHER", 1), ("BATCH_BYTES", 1)])
def test_what_is_checked_together_changes_no_byte(name: str, bound: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliveries = of_weeks([LAST_WEEK - timedelta(weeks=week) for week in range(4)], ("jric_incidents", "sdlecc_tips", "stac_tips"))
    homes = []
    for number in range(2):
        home = tmp_path / str(number)
        home.mkdir()
        settings = Settings(home, KEY)
        assert len(list(flow.admit_all(settings, [land_sent(settings, sent) for sent in deliveries]))) == len(deliveries) >= 10
        homes.append(visible(home))
        monkeypatch.setattr(f"pipelines.intake.validate.{name}", bound)
    assert homes[0] == homes[1] and any(name.startswith("quarantine") for name in homes[0])


@pytest.mark.slow
def test_every_row_is_explained(settings: Settings) -> None:
    deliveries = telling_deliveries()
    findings = run(settings, deliveries)
    assert findings.differences == []
    assert findings.deliveries == len(deliveries) > 30
    assert set(findings.rows) == {"accepted", "duplicate", "quarantined", "refused", "linked"}
    assert {sent.code for sent in deliveries} == {"", "E-TEMPLATE", "E-ROWLEVEL"}


def test_a_shorter_run_is_the_end_of_a_longer_one() -> None:
    longer, shorter = ({(s.feed, s.name): s.content for s in sent_deliveries(weeks)} for weeks in (4, 2))
    assert shorter.items() <= longer.items() and len(shorter) < len(longer)
    other = {(s.feed, s.name): s.content for s in sent_deliveries(2, seed=7)}
    assert all(other[key] != content for key, content in shorter.items() if key in other)


def test_no_id_is_given_twice_in_three_years() -> None:
    from pipelines.samples.incidents import incidents_of_week
    from pipelines.samples.tips import tips_of_week

    mondays = [LAST_WEEK - timedelta(weeks=week) for week in range(156)]
    tips = [tip.serial for monday in mondays for tip in tips_of_week(1, "OCIAC", monday)]
    incidents = [one.serial for monday in mondays for one in incidents_of_week(1, "OCIAC", monday)]
    assert len(set(tips)) == len(tips) > 3_000 and len(set(incidents)) == len(incidents) > 1_500


@pytest.mark.parametrize("language", ["en", "es"])
def test_narratives_have_at_least_400_frames_for_all_indicators(language: str) -> None:
    given = frames(language)
    tables = [given[name] for name in ("affirmed", "negated", "hedged", "historical", "other")]
    texts = every_frame(language)
    assert len(set(texts)) >= 400
    assert all(text[0].isupper() and text[-1] in ".!?" for text in texts)
    assert given["affirmed"].keys() == frames("en")["affirmed"].keys()
    assert {name for table in tables for name in table} <= given["affirmed"].keys()


def test_three_years_hold_silence_zeros_a_backlog_and_a_change_of_template() -> None:
    calendars = CALENDARS.values()
    assert any(len(calendar.silent) >= 5 for calendar in calendars)
    assert any(calendar.zero for calendar in calendars) and any(calendar.changed for calendar in calendars)
    assert any(calendar.grown for calendar in calendars)
    assert all(0 < week < 156 for calendar in calendars for week in {*calendar.silent, *calendar.zero, *calendar.changed})
    assert back(LAST_WEEK) == 0
