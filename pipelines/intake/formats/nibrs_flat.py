"""The FBI's fixed-length NIBRS file. Receives a sealed file; hands on a row per Group A incident, numbered by the line of its first
segment; refuses what is no such file.

An incident is an administrative segment (level 1) and the segments 2 to 6 with its ORI and incident number. Its columns are in COLUMNS:
text as it stands, lists as JSON in the order of the segments. Zero reports (0), Group B arrests (7) and segments of the state (8, 9) are
counted on the receipt. Layout: FBI, NIBRS Technical Specification, data submission by fixed-length flat file.
"""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import ConfigFault, DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.settings import Settings
from pipelines.intake.formats import Rows, arrow_rows, refuse_binary
from pipelines.intake.formats.segments import Lines, Survey, incidents, survey

COLUMNS = (
    "action",  # I, A, R or D
    "ori",
    "incident_number",
    "incident_date",  # YYYYMMDD
    "report_date_indicator",  # R: the date is the one of the report
    "exceptional_clearance",  # A to E, N
    "offence_codes",  # list
    "attempted",  # list of A or C, in the order of the offences
    "locations",  # list, in the order of the offences
    "victim_types",  # list
    "victim_ages",  # list, in the order of the victims: 35, 3040 (a range), NN, NB, BB, 00; null for what is no person
    "arrestee_count",
    "month_year",  # of the submission, YYYY-MM
    "city_indicator",
)
LISTS = ("offence_codes", "attempted", "locations", "victim_types", "victim_ages")
RELATION = f"(SELECT * REPLACE ({', '.join(f'to_json({name})::VARCHAR AS {name}' for name in LISTS)}) FROM part)"
UNREAD = {
    "7": "Group B arrests are no incidents",
    "8": "segments of the state are not read",
    "9": "segments of the state are not read",
}
BLOCK = 4 << 20
SCATTERED = 32 << 20  # bytes of a file whose incidents have their segments in different places: it is assembled in memory


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Look through all lines, and give the incidents. Raises DataRefused (E-EMPTY, E-BINARY, E-COMPRESSED, E-HEADER, E-SYNTAX, E-ORDER)."""
    require_known(feed)
    with SealedReader(settings, delivery.path) as file:
        head = file.read(BLOCK)
        refuse_binary(head)
        if not head.strip():
            raise DataRefused("E-EMPTY", "The file holds nothing.", "Send the file again; for a month without incidents, send a zero report.")
        file.seek(file.size - 1)
        terminated = file.read(1) == b"\n"
        file.seek(0)
        found = survey(_blocks(file), terminated)
    _judge(found, delivery)
    if found.levels["0"]:
        account.zero = True
        account.issues.append({"code": "I-ZERO", "reports": found.levels["0"], "todo": "nothing: the month counts as reported"})
    for level, what in UNREAD.items():
        if found.levels[level]:
            account.issues.append({"code": "I-SEGMENT", "level": level, "segments": found.levels[level], "todo": f"nothing: {what}"})
    return arrow_rows(con, lambda: _tables(settings, delivery, replace(found, seen={})), RELATION)


def require_known(feed: Feed) -> None:
    """Raises ConfigFault where the feed reads what NIBRS does not have."""
    if unknown := [name for name in feed.consumed if name not in COLUMNS]:
        raise ConfigFault(f"schemas/feeds/{feed.name}.toml: NIBRS incidents have no {', '.join(unknown)}; they have {', '.join(COLUMNS)}")


def _judge(found: Survey, delivery: Delivery) -> None:
    if found.lines and not found.readable:
        raise DataRefused(
            "E-HEADER",
            "Expected segments that begin with their length and level, found none.",
            "Send the fixed-length NIBRS file.",
        )
    if found.cut_off:
        raise DataRefused("E-SYNTAX", "The last segment breaks off: the file was cut off.", "Export the file again and compare its size.")
    if found.scattered and delivery.size > SCATTERED:
        message = f"Expected the segments of an incident together, found {found.scattered} elsewhere."
        raise DataRefused("E-ORDER", message, "Sort the file by agency, incident and segment.")


def _tables(settings: Settings, delivery: Delivery, found: Survey) -> Iterator[pa.Table]:
    """Incidents as Arrow tables. A scattered file is one table; otherwise a table is what a few blocks hold."""
    with SealedReader(settings, delivery.path) as file:
        if found.scattered:
            yield incidents(Lines(b"".join(_blocks(file)), 1), found)
            return
        rest, first = b"", 1
        for block in _blocks(file):
            lines = Lines(rest + block, first)
            whole = lines.before_last_incident()
            if whole.count or len(lines.data) > 4 * BLOCK:
                whole = whole if whole.count else lines
                yield incidents(whole, found)
                rest, first = lines.after(whole), first + whole.count
            else:
                rest += block
        if rest:
            yield incidents(Lines(rest, first), found)


def _blocks(file: SealedReader) -> Iterator[bytes]:
    """Blocks that end with a newline."""
    rest = b""
    while block := file.read(BLOCK):
        whole = rest + block
        end = whole.rfind(b"\n") + 1
        if not end and len(whole) > 2 * BLOCK:
            raise DataRefused("E-SYNTAX", f"A line is longer than {2 * BLOCK} bytes.", "Send one segment per line.")
        rest = whole[end:]
        if end:
            yield whole[:end]
    if rest:
        yield rest + b"\n"
