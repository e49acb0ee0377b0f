"""Whatever identifies somebody and stands in any cell of any delivery, no byte that the system leaves on disk holds it in the open.

Twenty kinds of invented identifiers are planted in the simulated deliveries of every feed that has some, in free text and in any other cell,
in some casing, spacing and encoding; the deliveries are admitted and counted; then every file is searched, unpacked, for each of them.
`python -m tests.gate.test_canaries 2000` plants so many.
"""

import csv
import gzip
import io
import json
import re
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipelines.core.catalog import Feed, load_feeds
from pipelines.core.receipts import read_receipts
from pipelines.core.schema import load_table
from pipelines.core.settings import ROOT, Settings
from pipelines.gate.verify.disk import SHORTEST, scan
from pipelines.runner import run_feeds
from pipelines.samples import write_deliveries
from tests.gate.evasion import FIRST, LAST, LOCALS, ZERO_WIDTH, phone, plate, social, vin

PER_DELIVERY = 7  # under a tenth of the rows of the smallest: more bad rows would refuse the file
WEEKS, SEED = 4, 20261125


@dataclass(frozen=True)
class Planted:
    """One identifier: its kind, where it was planted, and the forms of it that must be nowhere."""

    kind: str
    place: str
    forms: tuple[str, ...]


KINDS: dict[str, Callable[[Random], tuple[str, str]]] = {  # words that announce it, value
    "name": lambda r: ("Her name is", f"{r.choice(FIRST)} {r.choice(LAST)}"),
    "nombre": lambda r: ("Se llama", f"{r.choice(('Íñigüela', 'Zoraidél', 'Marívelez', 'Ñandúriz'))} {r.choice(LAST)}"),
    "honorific": lambda r: ("Ask for Mrs.", r.choice(LAST)),
    "phone": lambda r: ("Call", phone(r)),
    "phone with signs": lambda r: ("Call", re.sub(r"(...)(...)(....)", r"(\1) \2-\3", phone(r))),
    "international phone": lambda r: ("WhatsApp", f"+1 {phone(r)}"),
    "email": lambda r: ("Write to", f"{r.choice(LOCALS)}.{r.randrange(100, 999)}@example.org"),
    "handle": lambda r: ("Her account is", f"@{r.choice(LOCALS)}_{r.randrange(100, 999)}"),
    "link": lambda r: ("See", f"https://example.org/{r.choice(LOCALS)}{r.randrange(100, 999)}"),
    "ssn": lambda r: ("Her SSN is", re.sub(r"(...)(..)(....)", r"\1-\2-\3", social(r))),
    "birth": lambda r: ("She was born on", f"{r.randrange(1, 12):02d}/{r.randrange(10, 28)}/19{r.randrange(70, 99)}"),
    "address": lambda r: ("They live at", f"{r.randrange(100, 9999)} Sampleton Street Apt {r.randrange(2, 40)}"),
    "calle": lambda r: ("Viven en", f"calle Ejemplo {r.randrange(100, 9999)}"),
    "plate": lambda r: ("The plate is", "".join(plate(r))),
    "vin": lambda r: ("The VIN is", vin(r)),
    "card": lambda r: ("He pays with", r.choice(("4111111111111111", "5555555555554444", "4012888888881881"))),
    "passport": lambda r: ("Her passport is", f"X00{r.randrange(10**6):06d}"),
    "license": lambda r: ("His license is", f"D00{r.randrange(10**5):05d}"),
    "machine": lambda r: ("The IP is", f"192.0.2.{r.randrange(10, 255)}"),
    "account": lambda r: ("The account number is", f"000{r.randrange(10**9):09d}"),
}


def spaced(random: Random, value: str) -> str:
    return " ".join(value) if sum(c.isdigit() for c in value) >= 6 else value.replace(" ", random.choice(("  ", "\u00a0", "\t")))


def full_width(_: Random, value: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)


def zero_width(random: Random, value: str) -> str:
    at = random.randrange(1, len(value))
    return value[:at] + random.choice(ZERO_WIDTH) + value[at:]


WRITTEN: tuple[Callable[[Random, str], str], ...] = (
    lambda _, value: value,
    lambda _, value: value.upper(),
    lambda _, value: value.lower(),
    lambda _, value: f"({value})",
    lambda _, value: unicodedata.normalize("NFD", value),
    spaced,
    full_width,
    zero_width,
)


def forms_of(value: str, written: str) -> tuple[str, ...]:
    """The value, as it was written, without signs, and any long part of it: half an identifier is one, too."""
    parts = [
        part for part in re.split(r"[\s@/_.]+", value) if len(part) > SHORTEST and part.lower() not in ("sampleton", "https:", "example", "ejemplo")
    ]
    digits = re.sub(r"\D", "", value)
    found = {value, written, *parts, *((digits,) if len(digits) > SHORTEST + 1 else ())}
    return tuple(sorted(form for form in found if len(form.strip()) >= SHORTEST))


def text_columns(feed: Feed) -> set[str]:
    """The sender's columns that hold free text."""
    return {name for column in load_table(ROOT / "schemas", feed.table).columns if column.risk == "text" and column.name in feed.map
            for name in feed.map[column.name].columns}  # fmt: skip


def put(random: Random, cell: str, cue: str, value: str, is_text: bool) -> str:
    """The cell with the value in it: between two words of a text, in place of a code, or beside it."""
    if not is_text:
        return random.choice((value, f"{cell} {value}".strip(), f"{cue} {value}"))
    words = cell.split(" ")
    at = random.randrange(len(words) + 1)
    lead = random.choice((cue, cue, cue.lower(), cue if "born" in cue else ""))  # a date points at somebody as the day of a birth alone
    return " ".join([*words[:at], *([lead] if lead else []), value, *words[at:]])


def in_csv(random: Random, feed: Feed, content: bytes, plant: Callable[[str, str, bool], str]) -> bytes:
    """Plant in cells of a delimited file; each in a row of its own."""
    rows = list(csv.reader(io.StringIO(content.decode(feed.format.encoding)), delimiter=feed.format.delimiter))
    header, texts = rows[0], text_columns(feed)
    for row in random.sample(rows[1:], min(PER_DELIVERY, len(rows) - 1)):
        at = random.randrange(len(header))
        row[at] = plant(header[at], row[at], header[at] in texts)
    out = io.StringIO()
    csv.writer(out, delimiter=feed.format.delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode(feed.format.encoding, "replace")


def in_ndjson(random: Random, feed: Feed, content: bytes, plant: Callable[[str, str, bool], str]) -> bytes:
    """Plant in leaves of objects, half of them free text, now and then under a key that the template does not have."""
    items, texts = [_object(line) for line in content.splitlines()], text_columns(feed)
    whole = [item for item in items if isinstance(item, dict)]
    for item in random.sample(whole, min(PER_DELIVERY, len(whole))):
        leaves = list(_leaves(item))
        chosen = [leaf for leaf in leaves if leaf[2] in texts] if random.random() < 0.6 else leaves
        holder, key, path = random.choice(chosen or leaves)
        cell = holder[key]
        if random.random() < 0.05:
            item["remark"] = plant("remark", "", False)
        elif isinstance(cell, list):
            holder[key] = [*cell, plant(path, "", False)]
        else:
            holder[key] = plant(path, "" if cell is None else str(cell), path in texts)
    escape = random.random() < 0.5
    return "".join((json.dumps(item, ensure_ascii=escape) if isinstance(item, dict) else item) + "\n" for item in items).encode()


def _object(line: bytes) -> dict[str, Any] | str:
    """A line's object, or the line itself where the simulated center cut it off: nothing can be planted in that."""
    try:
        made: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return line.decode()
    return made


def _leaves(item: dict[str, Any], prefix: str = "") -> Any:
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield item, key, prefix + key


def in_any(random: Random, _: Feed, content: bytes, plant: Callable[[str, str, bool], str]) -> bytes:
    """Plant in place of words of a format that this test knows nothing of."""
    packed = content.startswith(b"\x1f\x8b")
    plain = gzip.decompress(content) if packed else content
    for _ in range(PER_DELIVERY):
        words = [m.span() for m in re.finditer(rb"(?<=[>\s,;|])[\w .]{3,}(?=[<\s,;|])", plain)]
        if words:
            start, end = random.choice(words)
            plain = plain[:start] + plant("somewhere", "", False).encode() + plain[end:]
    return gzip.compress(plain, mtime=0) if packed else plain


IN_FORMAT = {"csv": in_csv, "ndjson": in_ndjson}


def plant_all(folder: Path, weeks: int, seed: int) -> list[Planted]:
    """Write the simulated deliveries of all feeds with identifiers planted in them."""
    planted: list[Planted] = []
    feeds = load_feeds(ROOT / "schemas")
    for path in write_deliveries(folder, weeks=weeks, seed=seed):
        feed = feeds[path.parent.name]
        random = Random(f"{seed}:{feed.name}:{path.name}")

        def plant(column: str, cell: str, is_text: bool, random: Random = random, feed: Feed = feed) -> str:
            kind = list(KINDS)[len(planted) % len(KINDS)]
            cue, value = KINDS[kind](random)
            written = random.choice(WRITTEN)(random, value)
            planted.append(Planted(kind, f"{feed.name}.{column}", forms_of(value, written)))
            return put(random, cell, cue, written, is_text)

        content = path.read_bytes()
        packed = content.startswith(b"\x1f\x8b")
        content = IN_FORMAT.get(feed.format.kind, in_any)(random, feed, gzip.decompress(content) if packed else content, plant)
        if feed.format.kind in IN_FORMAT and random.random() < 0.3:  # an encoding that the template does not promise
            content = content.decode(errors="replace").encode(random.choice(("utf-8-sig", "cp1252")), "replace")
        path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return planted


def leaks(folder: Path, weeks: int, seed: int) -> tuple[Settings, list[Planted], list[str]]:
    """Plant, admit and count in a folder; give the home, what was planted, and what of it rests in the open, described without the value."""
    settings = Settings(folder / "home", bytes(range(32)))
    settings.home.mkdir(parents=True)
    planted = plant_all(folder / "sent", weeks, seed)
    run_feeds(settings, [], folder / "sent", again=False, quiet=True)
    forms = [(one, form) for one in planted for form in one.forms]
    found = scan(settings, [form for _, form in forms])
    open_ones = {(forms[int(f.kind.removeprefix("CANARY-")) - 1][0], f.file, f.place) for f in found}
    return settings, planted, sorted(f"{one.kind} in {one.place}: {file}, {place}" for one, file, place in open_ones)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[Planted], list[str]]:
    return leaks(tmp_path_factory.mktemp("canaries"), WEEKS, SEED)


@pytest.mark.slow
def test_no_planted_identifier_rests_in_the_open(outcome: tuple[Settings, list[Planted], list[str]]) -> None:
    assert outcome[2] == [], f"{len(outcome[2])} places"


@pytest.mark.slow
def test_they_were_planted_everywhere_and_would_be_found(outcome: tuple[Settings, list[Planted], list[str]]) -> None:
    settings, planted, _ = outcome
    assert len({one.kind for one in planted}) == len(KINDS) >= 20
    sent = Settings(settings.home.parent / "sent", settings.key)
    sealed = {name for name, feed in load_feeds(ROOT / "schemas").items() if feed.format.kind == "xlsx"}  # a word changed in a workbook breaks it
    assert {one.place.split(".")[0] for one in planted} >= {path.name for path in sent.home.iterdir()} - sealed
    known = {name for name, feed in load_feeds(ROOT / "schemas").items() if feed.format.kind in IN_FORMAT}
    statuses = [receipt["status"] for receipt in read_receipts(settings) if receipt["feed"] in known]
    assert statuses.count("accepted") > len(statuses) / 2
    for top in ("canonical", "warehouse", "receipts", "quarantine", "narratives", "landing"):
        assert any(settings.path(top).rglob("*")), top
    forms = [(number, form) for number, one in enumerate(planted) for form in one.forms]
    seen = {forms[int(f.kind.removeprefix("CANARY-")) - 1][0] for f in scan(sent, [form for _, form in forms])}
    assert len(seen) > 0.85 * len(planted)  # all but what another encoding of a file has lost


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_format_that_it_knows_nothing_of_is_planted_in_too(pack: Callable[[bytes], bytes]) -> None:
    feed = next(iter(load_feeds(ROOT / "schemas").values()))
    content = pack(b"<tip><place>Fresno county</place><text>two plain words</text></tip>")
    made = in_any(Random(1), feed, content, lambda *_: "Zelmaro Fictonez")
    plain = gzip.decompress(made) if pack is gzip.compress else made
    assert b"Zelmaro Fictonez" in plain and plain.startswith(b"<tip><place>")


if __name__ == "__main__":
    wanted, done, bad = int(sys.argv[1]), 0, 0
    while done < wanted:
        with tempfile.TemporaryDirectory() as name:
            _, sent, places = leaks(Path(name), WEEKS, SEED + done)
        done, bad = done + len(sent), bad + len(places)
        print(f"{done} planted, {bad} places in the open", *places, sep="\n  ", flush=True)
    sys.exit(bad > 0)
