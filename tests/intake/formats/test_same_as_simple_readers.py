"""Generated files: rows and values are those of a simple reader that shares no code with ours."""

import csv
import datetime
import io
import json
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from pipelines.intake.moments import EXCEL_DAYS

SEEDS = range(4)
LETTERS = ["a", "Z", "9", " ", "é", "ñ", "漢", "😀", "<", ">", "&", '"', "'", "\\", ",", ";", ":", "=", "\t"]


def words(random: Random, most: int = 12) -> str:
    return "".join(random.choice(LETTERS) for _ in range(random.randrange(most))).strip()


@pytest.mark.parametrize("seed", SEEDS)
def test_csv(seed: int, read: Any) -> None:
    random = Random(seed)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(["id", "a", "b"])
    writer.writerows([i, words(random), words(random) + "\n" * random.randrange(2) + words(random)] for i in range(500))
    rows, _ = read({"kind": "csv", "delimiter": ";"}, ["id", "a", "b"], text.getvalue().encode())
    text.seek(0)
    assert [{k: row[k] or "" for k in ("id", "a", "b")} for row in rows] == list(csv.DictReader(text, delimiter=";"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("odd", [False, True])
def test_ndjson(seed: int, odd: bool, read: Any) -> None:
    random = Random(seed)
    items: list[dict[str, Any]] = []
    for i in range(400):
        people = [{"age": random.choice([words(random), None])} for _ in range(random.randrange(3))]
        item = {"id": i, "at": {"day": words(random), "n": random.choice([1, 2.5, True, None])}, "people": people, "text": words(random, 60)}
        if odd and random.random() < 0.2:
            del item[random.choice(["at", "people", "text"])]
        items.append(item)
    content = "".join(json.dumps(item, ensure_ascii=random.random() < 0.5) + "\n" for item in items).encode()
    rows, _ = read({"kind": "ndjson"}, ["id", "at.day", "at.n", "people[].age", "text"], content)

    def shown(value: Any) -> str | None:
        return value if value is None or isinstance(value, str) else json.dumps(value)

    for item, row in zip(items, rows, strict=True):
        at, ages = item.get("at") or {}, [p["age"] for p in item.get("people") or [] if p["age"] is not None]
        assert (row["id"], row["at.day"], row["at.n"], row["text"]) == (str(item["id"]), at.get("day"), shown(at.get("n")), item.get("text"))
        assert (json.loads(row["people[].age"]) if row["people[].age"] else []) == ages


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("plain", [True, False])
def test_xml(seed: int, plain: bool, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arrays of plain files and lxml give the same, whatever the size of the blocks."""
    random = Random(seed)
    monkeypatch.setattr("pipelines.intake.formats.xml.BLOCK", random.choice([997, 4_001, 1 << 20]))
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n<n:Box xmlns:n="http://example.org/n"><Tips>' + ("" if plain else "<!-- c -->")]
    for i in range(300):
        group = "".join(f"<n:Code>{escape(words(random))}</n:Code>" for _ in range(random.randrange(4)))
        empty = random.choice(["", "<Note/>", "<Note></Note>", f"<Note k={quoteattr(words(random))}>{escape(words(random, 40))}</Note>"])
        parts.append(f'<n:Tip id="{i}">\r\n <Group>{group}</Group>{empty}<Other><Deep>{i}</Deep></Other></n:Tip>\n')
    content = ("".join(parts) + "</Tips></n:Box>\n").encode()
    columns = ["Tip/@id", "Tip/Group/Code[]", "Tip/Note", "Tip/Note/@k", "Tip/Other/Deep"]
    rows, account = read({"kind": "xml", "record": "Box/Tips/Tip"}, columns, content)
    tips = etree.fromstring(content).findall("Tips/{*}Tip")
    for number, (tip, row) in enumerate(zip(tips, rows, strict=True), 1):
        note = tip.find("Note")
        assert row["_row"] == number and row["_broken"] is None
        assert row["Tip/@id"] == row["Tip/Other/Deep"] == tip.get("id")
        assert json.loads(row["Tip/Group/Code[]"]) == [code.text for code in tip.findall("Group/{*}Code") if code.text]
        assert row["Tip/Note"] == (note.text if note is not None else None)
        assert (row["Tip/Note/@k"] or "") == (note.get("k", "") if note is not None else "")
    assert {issue["column"] for issue in account.issues} <= {"Tip/Group"}  # a group without a code is an element that nobody reads


def test_plain_xml_does_not_need_lxml(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.intake.formats.xml.elements", None)
    content = b"<Tips>" + b'<Tip id="&#49;"><Id>a &amp; b</Id></Tip>\n' * 90_000 + b"</Tips>"
    rows, _ = read({"kind": "xml", "record": "Tips/Tip"}, ["Tip/@id", "Tip/Id"], content)
    assert len(rows) == 90_000
    assert {(row["Tip/@id"], row["Tip/Id"]) for row in rows} == {("1", "a & b")}


@pytest.mark.parametrize("seed", SEEDS)
def test_xlsx(seed: int, read: Any) -> None:
    random = Random(seed)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Tips")
        day, minute = (book.add_format({"num_format": shown}) for shown in ("yyyy-mm-dd", "hh:mm yyyy-mm-dd"))
        sheet.write_row(0, 0, ["id", "a", "b", "c"])
        for row in range(1, 200):
            if random.random() < 0.1:
                continue
            sheet.write_string(row, 0, f"{row}")
            sheet.write_string(row, 1, words(random))
            sheet.write_number(row, 2, random.choice([row, row / 8, EXCEL_DAYS[0] + row]))
            moment = datetime.datetime(2026, 1, 1) + datetime.timedelta(minutes=random.randrange(500_000))  # noqa: DTZ001  Excel has no zones
            sheet.write_datetime(row, 3, moment if row % 2 else moment.replace(hour=0, minute=0), minute if row % 2 else day)
    rows, _ = read({"kind": "xlsx", "sheet": "Tips"}, ["id", "a", "b", "c"], content.getvalue())
    expected = []
    for number, cells in enumerate(openpyxl.load_workbook(content, read_only=True)["Tips"].iter_rows(min_row=2, values_only=True), 2):
        if cells and any(cell is not None for cell in cells):
            key, text, value, moment = cells
            when = moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat()
            expected.append((number, key, text or "", f"{value:g}" if value == int(value) else repr(value), when))
    assert [(r["_row"], r["id"], r["a"], r["b"], r["c"] if "T00:00:00" not in r["c"] else r["c"][:10]) for r in rows] == expected
