"""The whole flow. Whoever reads this file has read the project.

pull -> normalize -> validate -> gate -> tag -> store          one delivery at a time, any number in parallel
        link -> aggregate -> disclose                          over everything stored, rebuilt from Parquet
                assess -> approve -> publish                   weekly, per audience
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.core.catalog import feed_named
from pipelines.core.errors import DataRefused
from pipelines.core.handles import ALWAYS, TEST, Aggregated, Bundle, Delivery, Draft, Release, Stored, Window
from pipelines.core.settings import Settings
from pipelines.intake.source import Source
from pipelines.silence import Late

if TYPE_CHECKING:
    from pipelines.gate.verify import Finding


def pull(settings: Settings, feed: str, source: Source, again: bool = False, within: Window = ALWAYS) -> list[Delivery]:
    """Bring what the sender has and we do not into the landing folder, oldest first; with `again` also what was admitted before. `within`
    leaves alone what is not of these dates.
    """
    from pipelines.intake.pull import pull_feed

    return pull_feed(settings, feed_named(settings.schemas, feed), source, again, within)


def landed(settings: Settings, feed: str, delivery_id: str) -> Delivery:
    """Open a delivery that was pulled before, by its id."""
    from pipelines.intake.pull import open_delivery

    return open_delivery(settings, feed, delivery_id)


def admit(settings: Settings, delivery: Delivery) -> Stored:
    """Take one delivery through to canonical Parquet and a receipt that reconciles. A refused delivery is stored as its receipt alone."""
    (stored,) = admit_all(settings, [delivery])
    return stored


def admit_all(settings: Settings, deliveries: Iterable[Delivery]) -> Iterator[Stored]:
    """Take deliveries in, one after the other. Each comes out as it would alone; together they share the price of the contract's checks."""
    from pipelines.gate.gate import gate
    from pipelines.indicators.stage import tag
    from pipelines.intake.normalize import normalize
    from pipelines.intake.validate import validate
    from pipelines.store import refuse, store

    for validated in validate(settings, (normalize(settings, delivery) for delivery in deliveries)):
        try:
            yield store(settings, tag(settings, gate(settings, validated)))
        except DataRefused as reason:
            yield refuse(settings, validated.delivery, validated.account, reason)


def preview_all(settings: Settings, deliveries: Iterable[Delivery]) -> Iterator[Stored]:
    """What `admit_all` would make of deliveries, in a folder that is removed at the end: nothing is stored, and there are no receipts."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="stas-preview-") as folder:
        yield from admit_all(replace(settings, home=Path(folder)), deliveries)


def label(settings: Settings, delivery: Delivery) -> str:
    """How a delivery may be called where people see it: by its name, if that is one of its feed's, else by its id."""
    name = delivery.name.removeprefix(TEST)
    return delivery.name if re.fullmatch(feed_named(settings.schemas, delivery.feed).transport.match, name) else delivery.id


def replay(settings: Settings, feed: str, delivery_id: str, actor: str) -> tuple[dict[str, int], dict[str, int]]:
    """Take the held rows of a stored delivery in once more; return its counts before and after. The delivery is stored anew as a whole, at
    the same paths, so that nothing can be counted twice.
    """
    from pipelines.gate.gate import gate
    from pipelines.indicators.stage import tag
    from pipelines.intake.held import held_rows, normalize_held
    from pipelines.intake.validate import validate
    from pipelines.quarantine import beside_stored, note, reopen, same_age
    from pipelines.store import store

    delivery, account, receipt = reopen(settings, feed, delivery_id)
    again = held_rows(settings, feed, delivery_id)["row"].to_pylist()
    (validated,) = validate(settings, [normalize_held(settings, delivery, account)])
    tagged = tag(settings, gate(settings, validated))
    with same_age(settings, feed, delivery_id):
        after = store(settings, beside_stored(settings, tagged, again)).counts
    note(settings, "quarantine replayed", actor, feed, delivery_id, before=receipt["counts"], after=after)
    return receipt["counts"], after


def review(settings: Settings, feed: str) -> None:
    """Bring the receipts of a feed up to date with each other: what replaces what, unusual volumes, a changed template."""
    from pipelines.issue import review as review_receipts

    review_receipts(settings, feed)


def build(settings: Settings) -> Aggregated:
    """Rebuild the analysts' database from everything stored: link, aggregate, say which released numbers are told differently now and
    what every column means, and let it replace the former snapshot at once.
    """
    from pipelines.aggregate import aggregate
    from pipelines.link import link
    from pipelines.warehouse import analyst_path, load, new_snapshot
    from pipelines.warehouse.corrections import trace_retractions
    from pipelines.warehouse.dictionary import describe

    with new_snapshot(settings) as path:
        aggregated = aggregate(settings, link(settings, load(settings, path)))
        describe(settings, trace_retractions(settings, aggregated))
    return replace(aggregated, path=analyst_path(settings))


def current(settings: Settings) -> Aggregated:
    """The analysts' database as it was last built. Raises UsageError where there is none."""
    from pipelines.warehouse import open_current

    return open_current(settings)


def compile_assessment(settings: Settings, warehouse: Aggregated, week: date, audience: str, author: str) -> Draft:
    """Pass the numbers of a week through disclosure control and compile the bundle that a second analyst has to approve."""
    from pipelines.assess import assess
    from pipelines.disclosure.release import disclose

    release: Release = disclose(settings, warehouse, week, audience)
    return assess(settings, release, author)


def drafted(settings: Settings, draft_id: str) -> Draft:
    """Open a draft by its id. Raises UsageError where there is none."""
    from pipelines.bundle import find_draft

    return find_draft(settings, draft_id)


def publish(settings: Settings, draft: Draft, approver: str) -> Bundle:
    """Publish what the approver, who is not the author, has approved, if it is still byte for byte what was compiled."""
    from pipelines.publish import publish_draft

    return publish_draft(settings, draft, approver)


def reject(settings: Settings, draft: Draft, reviewer: str, reason: str) -> None:
    """Record that a draft was refused; it can never be published."""
    from pipelines.publish import reject_draft

    reject_draft(settings, draft, reviewer, reason)


def purge(settings: Settings) -> dict[str, int]:
    """Remove what may no longer be kept; return how many files of each kind."""
    from pipelines.upkeep import purge_expired

    return purge_expired(settings, datetime.now(UTC))


def late_feeds(settings: Settings) -> list[Late]:
    """Live feeds that have sent nothing for longer than their cadence allows: since when, and whom to ask."""
    from pipelines.silence import late_feeds as find_late

    return find_late(settings, datetime.now(UTC))


def verify_store(settings: Settings, canaries: Sequence[str] = ()) -> "list[Finding]":
    """Look for anything identifying in what was stored, and for canaries in every byte; independent of the gate."""
    from pipelines.gate.verify import verify_store

    return verify_store(settings, canaries)


def note_rerun(settings: Settings, actor: str, feed: str, run: str, within: Window, reason: str) -> None:
    """Enter in the audit log who takes in what was taken in before, of which dates, and why."""
    from pipelines.audit import record

    record(settings, "taken in again", actor, f"{feed}/{run}", within=[day and str(day) for day in within], reason=reason)


def note_failure(settings: Settings, run: str, stage: str, fault: BaseException | None) -> list[str]:
    """Enter a failed task in the audit log by its run, its stage and the codes of what went wrong, which are returned."""
    from pipelines.audit import record
    from pipelines.core.errors import codes_of

    codes = codes_of(fault)
    record(settings, "run failed", "airflow", run, stage=stage, codes=codes)
    return codes
