"""Receives a sender's dates, times and numbers as SQL over text; hands on SQL of days, instants in UTC and numbers; refuses by NULL.

A text is read by the first format that fits. Formats with an offset (%z), "unix_ms" and, in UTC feeds, all others name an instant; the
others name a local time of the feed's zone. A local time that occurs twice is read as the earlier of its two instants, as Python's
zoneinfo does (PEP 495, fold=0), and one that is skipped is moved forward by the gap.
"""

from pipelines.core.catalog import Mapping

ISO_DATE, ISO_TIME = ("%Y-%m-%d",), ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S")
EXCEL = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")  # how a cell that Excel knows to be a date comes
# From March 1900, where Excel's calendar (which has a 29 February 1900) agrees with ours, to the end of the year 2099.
EXCEL_DAYS = (61, 73_050)
UNIX_MS = (0, 4_102_444_799_999)


def literal(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def day(raw: str, mapping: Mapping, zone: str) -> str:
    """A day of the feed's calendar, from a date, a local time or an instant."""
    instant, local = _read(raw, mapping, ISO_TIME if mapping.utc else ISO_DATE)
    days = [f"({local})::DATE"] if local else []
    if instant:
        days.append(f"timezone({literal(zone)}, {instant})::DATE")
    return f"coalesce({', '.join(days)})"


def moment(raw: str, mapping: Mapping, zone: str) -> str:
    """An instant in UTC, as a TIMESTAMP."""
    instant, local = _read(raw, mapping, ISO_TIME)
    instants = [_earlier(local, literal(zone))] if local else []
    if instant:
        instants.append(instant)
    return f"timezone('UTC', coalesce({', '.join(instants)}))"


def whole_number(raw: str, decimal: str) -> str:
    """A whole number; thousands may be set apart by the sign that does not mark decimals. A fraction other than zero is none."""
    thousands = "," if decimal == "." else "."
    plain = f"replace(replace({raw}, {literal(thousands)}, ''), {literal(decimal)}, '.')"
    grouped = rf"[+-]?([0-9]+|[0-9]{{1,3}}([{thousands}][0-9]{{3}})+)([{decimal}]0*)?"
    return f"CASE WHEN regexp_full_match({raw}, {literal(grouped)}) THEN TRY_CAST(split_part({plain}, '.', 1) AS BIGINT) END"


def number(raw: str, decimal: str) -> str:
    """A number with or without decimals, written without signs for thousands."""
    written = f"regexp_full_match({raw}, {literal(f'[+-]?[0-9]+([{decimal}][0-9]+)?')})"
    return f"CASE WHEN {written} THEN TRY_CAST(replace({raw}, {literal(decimal)}, '.') AS DOUBLE) END"


def _read(raw: str, mapping: Mapping, otherwise: tuple[str, ...]) -> tuple[str, str]:
    """SQL of the instant (TIMESTAMPTZ) and of the local time (TIMESTAMP) that a text may name; empty where no format can name one."""
    formats = mapping.formats or otherwise
    offset = tuple(f for f in formats if "%z" in f)
    plain = tuple(f for f in formats if f not in (*offset, "unix_ms", "excel"))
    if "excel" in formats:
        plain += tuple(f for f in EXCEL if f not in plain)
    local = [_parsed(raw, plain)] if plain else []
    if "excel" in formats:
        local.append(_serial(raw))
    instants = [_with_offset(raw, offset)] if offset else []
    if "unix_ms" in formats:
        instants.append(_unix(raw))
    if mapping.utc and local:
        instants.append(f"timezone('UTC', {_first(local)})")
        local = []
    return _first(instants), _first(local)


def _first(found: list[str]) -> str:
    return f"coalesce({', '.join(found)})" if len(found) > 1 else "".join(found)


def _parsed(raw: str, formats: tuple[str, ...]) -> str:
    return f"try_strptime({raw}, [{', '.join(literal(f) for f in formats)}])"


def _with_offset(raw: str, formats: tuple[str, ...]) -> str:
    """%z does not know Z; and each format is tried alone, since DuckDB carries an offset over to the next text of the same call."""
    text = f"CASE WHEN right({raw}, 1) = 'Z' THEN left({raw}, -1) || '+00:00' ELSE {raw} END"
    offset = f"regexp_matches({raw}, '([+-][0-9]{{2}}(:?[0-9]{{2}})?|Z)$')"
    return _first([f"CASE WHEN {offset} THEN try_strptime({text}, {literal(f)}) END" for f in formats])


def _unix(raw: str) -> str:
    number = f"TRY_CAST({raw} AS BIGINT)"
    inside = f"regexp_full_match({raw}, '[0-9]{{1,13}}') AND {number} BETWEEN {UNIX_MS[0]} AND {UNIX_MS[1]}"
    return f"CASE WHEN {inside} THEN timezone('UTC', make_timestamp_ms({number})) END"


def _serial(raw: str) -> str:
    """Excel's days since 1899-12-30, to the second."""
    number = f"TRY_CAST({raw} AS DOUBLE)"
    inside = f"regexp_full_match({raw}, '[0-9]+([.][0-9]+)?') AND {number} >= {EXCEL_DAYS[0]} AND {number} < {EXCEL_DAYS[1] + 1}"
    return f"CASE WHEN {inside} THEN TIMESTAMP '1899-12-30' + to_seconds(round({number} * 86400)::BIGINT) END"


def _earlier(local: str, zone: str) -> str:
    """The first instant at which the zone's clocks show a local time. DuckDB's own answer is the last."""
    last = f"timezone({zone}, {local})"
    before = f"({last} - INTERVAL 1 HOUR)"
    return f"CASE WHEN timezone({zone}, {before}) = {local} THEN {before} ELSE {last} END"
