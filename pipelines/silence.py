"""Receives the clock; hands on which live feeds are late, since when, and whom to ask; refuses nothing.

Each feed is looked at by itself: a center whose tips come and whose incidents do not is late with its incidents. Silence is never a zero.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipelines.core.catalog import load_feeds
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings

GRACE = {"weekly": timedelta(days=10), "monthly": timedelta(days=45), "quarterly": timedelta(days=140)}  # the cadence and some time


@dataclass(frozen=True)
class Late:
    """A feed that should have sent something. `since` is when its time was up, None if it never sent anything; `refused` is the reason of a
    file that came since and was refused: then the sender is at it.
    """

    feed: str
    center: str
    cadence: str
    last: datetime | None
    since: datetime | None
    refused: str | None
    owner: str
    contact: str

    def __str__(self) -> str:
        told = f"late since {self.since:%Y-%m-%d} (last accepted {self.last:%Y-%m-%d}, {self.cadence})" if self.since else "has never sent anything"
        refused = f"; a later file was refused ({self.refused})" if self.refused else ""
        return f"{self.feed} of {self.center} {told}{refused}. Ask {self.owner}, {self.contact}"


def late_feeds(settings: Settings, now: datetime) -> list[Late]:
    """The live feeds whose last accepted delivery arrived longer ago than their cadence allows, or that never sent one; longest first."""
    accepted: dict[str, datetime] = {}
    refused: dict[str, tuple[datetime, str]] = {}
    for receipt in read_receipts(settings):
        name, arrived = receipt["feed"], datetime.fromisoformat(receipt["received_at"])
        if receipt["status"] == "accepted":
            accepted[name] = max(arrived, accepted.get(name, arrived))
        elif receipt["status"] == "refused":
            refused[name] = max((arrived, receipt["error"]["code"]), refused.get(name, (arrived, "")))
    found = []
    for name, feed in load_feeds(settings.schemas).items():
        last = accepted.get(name)
        since = last + GRACE[feed.cadence] if last else None
        if feed.status == "live" and (since is None or since < now):
            code = refused[name][1] if name in refused and (last is None or refused[name][0] > last) else None
            found.append(Late(name, feed.center, feed.cadence, last, since, code, feed.owner, feed.contact))
    return sorted(found, key=lambda late: (late.since or datetime.min.replace(tzinfo=UTC), late.feed))
