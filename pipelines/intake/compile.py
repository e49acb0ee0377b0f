"""Receives a feed and its table; hands on the one DuckDB query that turns the sender's rows into canonical records; refuses contradictions.

Five layers: `source` (the sender's columns, trimmed, blank is NULL), `raw` (what each mapping picks), `mapped` (types and codes), `listed`
(codes that are lists), and the last, which adds what follows from other columns, and `_faults`: one bit per mapping whose value could not be read.
"""

from dataclasses import dataclass

from pipelines.core.catalog import Feed, Mapping
from pipelines.core.errors import ConfigFault
from pipelines.core.schema import Column, Table, load_codes, load_table
from pipelines.core.settings import Settings
from pipelines.intake.moments import day, literal, moment, number, whole_number

RELATION = "__rows__"
NUMBER = "row_number() OVER ()"
FAULT_OF = {"date": "R-DATE", "timestamp": "R-DATE", "code": "R-CODE", "codes": "R-CODE", "int": "R-NUMBER", "number": "R-NUMBER"}


@dataclass(frozen=True)
class Query:
    """The query but for the rows it reads, and what needs no query: `constants` are columns with one value (None, a code, or no codes).

    `faults[i]` is the reason and the sender's columns of bit i of `_faults`.
    """

    sql: str
    constants: dict[str, str | None]
    faults: tuple[tuple[str, str], ...]

    def over(self, relation: str, number: str = NUMBER) -> str:
        """The query over rows that have the feed's columns as text, and `_broken`; `number` is SQL of the sender's number of a row."""
        return self.sql.replace(RELATION, relation, 1).replace(NUMBER, number, 1)


def compile_feed(settings: Settings, feed: Feed) -> Query:
    """Compile a feed. Raises ConfigFault for a mapping to a column or code that does not exist."""
    table = load_table(settings.schemas, feed.table)
    for name in feed.map:
        table.column(name)
    return _Compiler(settings, feed, table).query()


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


class _Compiler:
    def __init__(self, settings: Settings, feed: Feed, table: Table) -> None:
        self.settings, self.feed, self.table = settings, feed, table

    def query(self) -> Query:
        feed = self.feed
        source = [f"nullif(trim({identifier(c)}), '') AS {identifier(c)}" for c in feed.consumed]
        raw = [f"{self._pick(m)} AS {identifier('raw.' + name)}" for name, m in feed.map.items() if m.value is None]
        keys = [f"{feed.record.key} AS _key", f"{feed.record.row_key or 'NULL'} AS _row_key"]
        guards = [f"{self._guard(m)} AS {identifier('guard.' + n)}" for n, m in feed.map.items() if m.unlisted]
        mapped = [f"{self._value(name, m)} AS {identifier(self._layered(name))}" for name, m in feed.map.items() if m.value is None]
        lists = [f"{self._listed(name)} AS {identifier(name)}" for name in feed.map if self._layered(name) != name]
        faults = [("R-KEY", ", ".join(feed.record.uses), "_key IS NULL"), *self._faults()]
        bits = " | ".join(f"(({test})::INT::BIGINT << {i})" for i, (_, _, test) in enumerate(faults))
        final = {column.name: self._final(column) for column in self.table.columns}
        queried = [f"{expression} AS {identifier(name)}" for name, expression in final.items() if expression is not None]
        sql = f"""WITH source AS (SELECT {NUMBER} AS source_row, _broken, {", ".join(source)} FROM {RELATION}),
raw AS (SELECT source_row, _broken, {", ".join(keys + raw + guards)} FROM source),
mapped AS (SELECT {", ".join(["*", *mapped])} FROM raw),
listed AS (SELECT {", ".join(["*", *lists])} FROM mapped)
SELECT {", ".join(queried)}, _key, _row_key, {bits} AS _faults, _broken
FROM listed"""
        constants = {name: self._constant(name) for name, expression in final.items() if expression is None}
        return Query(sql, constants, tuple((reason, where) for reason, where, _ in faults))

    def _layered(self, name: str) -> str:
        """The name in `mapped`: a list of codes is made one layer later, so that its code is looked up once."""
        mapping = self.feed.map[name]
        return f"given.{name}" if self.table.column(name).type == "codes" and mapping.value is None else name

    def _listed(self, name: str) -> str:
        given = identifier(self._layered(name))
        if self._one_code(self.feed.map[name]):
            return f"CASE WHEN {given} IS NULL THEN []::VARCHAR[] ELSE [{given}] END"
        return f"coalesce({given}, []::VARCHAR[])"

    def _pick(self, mapping: Mapping) -> str:
        return mapping.sql if mapping.sql is not None else identifier(str(mapping.source))

    def _guard(self, mapping: Mapping) -> str:
        assert mapping.unlisted
        tests = [f"coalesce(regexp_matches({identifier(c)}, {literal(p)}), false)" for c, p in mapping.unlisted.unless.items()]
        return " OR ".join(tests) or "false"

    def _value(self, name: str, mapping: Mapping) -> str:
        column = self.table.column(name)
        raw = identifier("raw." + name)
        match column.type:
            case "date":
                return day(raw, mapping, self.feed.timezone)
            case "timestamp":
                return moment(raw, mapping, self.feed.timezone)
            case "int":
                return whole_number(raw, mapping.decimal)
            case "number":
                return number(raw, mapping.decimal)
            case "codes":
                if self._one_code(mapping):
                    return self._code(column, raw, mapping)
                items = f"CASE WHEN left({raw}, 1) = '[' THEN TRY(TRY_CAST({raw} AS JSON)::VARCHAR[]) ELSE [{raw}] END"
                listed = f"list_transform({items}, lambda x: {self._code(column, 'trim(x)', mapping)})"
                united = f"list_sort(list_distinct({listed}))"
                return f"CASE WHEN len({listed}) = list_count({listed}) THEN {united} END"
            case "code":
                return self._code(column, raw, mapping)
            case _:
                return self._mapped(column, raw, mapping) if mapping.values else raw

    def _one_code(self, mapping: Mapping) -> bool:
        """Whether the sender's column holds one code or none, so that it need not be taken apart: a cell of a sheet does."""
        return self.feed.format.kind in ("csv", "xlsx") and mapping.source is not None

    def _code(self, column: Column, raw: str, mapping: Mapping) -> str:
        if mapping.values is not None or mapping.unlisted:
            return self._mapped(column, raw, mapping)
        codes = ", ".join(literal(c) for c in load_codes(self.settings.schemas, str(column.codes)))
        return f"CASE WHEN {raw} IN ({codes}) THEN {raw} END"

    def _mapped(self, column: Column, raw: str, mapping: Mapping) -> str:
        values = mapping.values or {}
        whens = []
        for given, code in values.items():
            self._check_code(column, code)
            whens.append(f"WHEN {literal(given)} THEN {literal(code)}")
        otherwise = ""
        if mapping.unlisted:
            self._check_code(column, mapping.unlisted.code)
            guard = identifier("guard." + column.name)
            otherwise = f" ELSE CASE WHEN {raw} IS NOT NULL AND NOT {guard} THEN {literal(mapping.unlisted.code)} END"
        return f"CASE {raw} {' '.join(whens)}{otherwise} END"

    def _check_code(self, column: Column, code: str) -> None:
        if column.codes and code not in load_codes(self.settings.schemas, column.codes):
            where = f"schemas/feeds/{self.feed.name}.toml: map.{column.name}"
            raise ConfigFault(f"{where}: {code!r} is not in schemas/codes/{column.codes}.csv")

    def _faults(self) -> list[tuple[str, str, str]]:
        found = []
        for name, mapping in self.feed.map.items():
            column = self.table.column(name)
            reason = FAULT_OF.get(column.type, "R-CODE" if mapping.values else None)
            if mapping.value is None and reason:
                where = ", ".join(mapping.columns)
                found.append((reason, where, f"{identifier('raw.' + name)} IS NOT NULL AND {identifier(self._layered(name))} IS NULL"))
        return found

    def _final(self, column: Column) -> str | None:
        """What a column holds at last: what is mapped or follows from other columns; None where one value holds for the whole feed."""
        mapping = self.feed.map.get(column.name)
        if column.name == "source_row":
            return "source_row"
        if column.name == "occurred_precision" and "occurred_on" in self.feed.map:
            return self._precision()
        if column.derive and not mapping:
            return column.derive
        if mapping is None or mapping.value is not None:
            return None
        value = identifier(column.name)
        return value if column.absent is None or column.type == "codes" else f"coalesce({value}, {literal(column.absent)})"

    def _constant(self, name: str) -> str | None:
        column, mapping = self.table.column(name), self.feed.map.get(name)
        if mapping is not None and mapping.value is not None:
            self._check_code(column, mapping.value)
            return mapping.value
        of_feed = {"feed": self.feed.name, "reporting_center": self.feed.center, "source_class": self.feed.source_class}
        return {**of_feed, "occurred_precision": "none"}.get(name, column.absent)

    def _precision(self) -> str:
        mapping = self.feed.map["occurred_on"]
        known = "coalesce(occurred_precision, 'day')" if "occurred_precision" in self.feed.map else literal(mapping.precision or "day")
        rule = mapping.placeholder
        if rule is None:
            return f"CASE WHEN occurred_on IS NULL THEN 'none' ELSE {known} END"
        day = f"month(occurred_on) = {rule.month} AND day(occurred_on) = {rule.day}"
        held = f"{day} AND reported_on - occurred_on > {rule.reported_after_days}"
        return f"CASE WHEN occurred_on IS NULL THEN 'none' WHEN {held} THEN {literal(rule.precision)} ELSE {known} END"
