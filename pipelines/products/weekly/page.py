"""Receives a release; hands on the page of the weekly assessment as HTML that needs no other file and calls no other host."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.core.duck import connect
from pipelines.core.handles import Release
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings

HERE = Path(__file__).parent
# Colors of Okabe and Ito (2008), which readers with any color vision can tell apart.
COLORS = {"sex": "#0072B2", "labor": "#D55E00", "both": "#009E73", "unspecified": "#E69F00", "other": "#999999", "all": "#333333"}


def render(settings: Settings, release: Release, draft_id: str, author: str) -> str:
    """The page. Its numbers are those of the release, and no others."""
    import jinja2

    con = connect(settings, str(release.path), read_only=True)
    try:

        def read(sql: str) -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = con.sql(sql).to_arrow_table().to_pylist()
            return rows

        cells = read('SELECT * FROM cells ORDER BY "table", week, level, center, form')
        held = read('SELECT * FROM held_back ORDER BY "table", week, level')
        coverage = {(r["center"], r["table"], r["week"]): r["state"] for r in read("SELECT * FROM coverage")}
        quality = read('SELECT * FROM quality ORDER BY center, "table"')
        measures = {r["table"]: r for r in read("SELECT * FROM measures")}
    finally:
        con.close()
    weeks = [release.week - timedelta(weeks=i) for i in reversed(range(13))]
    forms = {code: row["label"] for code, row in load_codes(settings.schemas, "exploitation_forms").items()}
    centers = {code: row["label"] for code, row in load_codes(settings.schemas, "centers").items() if code != "UNK"}
    states = {code: row["label"] for code, row in load_codes(settings.schemas, "coverage_states").items()}
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    year, number, _ = release.week.isocalendar()
    return environment.get_template("page.html.j2").render(
        sections=[_section(measures[table], cells, held, weeks, forms) for table in ("tips_by_week", "incidents_by_week")],
        held_tables=[h for h in held if h["week"] is None],
        measures=measures,
        coverage=coverage,
        reporters=[(center, kind) for center in centers for kind in ("tips", "incidents") if any(k[:2] == (center, kind) for k in coverage)],
        quality=quality,
        states=states,
        centers=centers,
        weeks=weeks,
        iso=f"{year}-W{number:02d}",
        first=release.week,
        last=release.week + timedelta(days=6),
        marking=settings.marking,
        draft_id=draft_id,
        author=author,
        snapshot=release.snapshot,
        audience=release.audience,
    )


def _section(
    measure: dict[str, Any], cells: list[dict[str, Any]], held: list[dict[str, Any]], weeks: list[date], forms: dict[str, str]
) -> dict[str, Any]:
    """One table: a row per week with the state total and the forms, the centers of the last week, and what was held back."""
    own = [c for c in cells if c["table"] == measure["table"]]
    state: dict[date, dict[str, int]] = defaultdict(dict)
    for cell in own:
        if cell["center"] == "all":
            state[cell["week"]][cell["form"]] = cell["n"]
    shown = [form for form in forms if any(row.get(form) for row in state.values())]
    by_center = {(c["center"], c["form"]): c for c in own if c["level"] == "center by form" and c["week"] == weeks[-1]}
    low = next((c["n_low"] for c in own if c["week"] == weeks[-1] and c["level"] == "state"), None)
    return {
        "measure": measure,
        "rows": [(week, state.get(week, {})) for week in weeks],
        "forms": {form: forms[form] for form in shown},
        "by_center": by_center,
        "centers": sorted({center for center, _ in by_center}),
        "held": [h for h in held if h["table"] == measure["table"] and h["week"] == weeks[-1]],
        "low": low if low != state.get(weeks[-1], {}).get("all") else None,
        "chart": _chart(measure, state, weeks, {form: forms[form] for form in shown}),
        "latest": state.get(weeks[-1], {}),
    }


def _chart(measure: dict[str, Any], state: dict[date, dict[str, int]], weeks: list[date], forms: dict[str, str]) -> str:
    """A line per form and one for the total, as SVG; weeks that are held back are gaps."""
    import altair as alt
    import vl_convert as vlc

    series = {"all": "All forms", **forms}
    # A week without a number keeps its place, so that the line breaks there.
    rows = [{"week": str(week), "series": label, "n": state.get(week, {}).get(form)} for week in weeks for form, label in series.items()]
    if not state:
        return ""
    color = alt.Color(
        "series:N", title=None, sort=list(series.values()), scale=alt.Scale(domain=list(series.values()), range=[COLORS[f] for f in series])
    )
    y = alt.Y("n:Q", title=f"{measure['unit']}s", scale=alt.Scale(zero=True), axis=alt.Axis(tickMinStep=1))
    x = alt.X("week:O", title="week that begins on", axis=alt.Axis(labelAngle=-40))
    chart = alt.Chart(alt.InlineData(values=rows)).mark_line(point=True).encode(x, y, color).properties(width=640, height=240)
    svg: str = vlc.vegalite_to_svg(chart.configure(font="DejaVu Sans, sans-serif").to_json())
    return svg
