"""Receives a release as its reader has it; hands on every small count that can be worked out from it; shares no code with what made it.

It knows only the published rows. For each table and week it forms every difference between a total and the parts that are published.
"""

from pathlib import Path

import duckdb


def attack(release: Path) -> list[str]:
    """Descriptions of what leaks; empty for a safe release. `release` is a release.duckdb with the table `cells`."""
    con = duckdb.connect(str(release), read_only=True)
    try:
        rows = con.execute('SELECT "table", week::VARCHAR, level, center, form, n, n_low FROM cells WHERE n IS NOT NULL').fetchall()
    finally:
        con.close()
    leaks = []
    by_week: dict[tuple[str, str], dict[tuple[str, str, str], int]] = {}
    for table, week, level, center, form, n, low in rows:
        where = f"{table}, week {week}, {level}, {center}, {form}"
        if 1 <= n <= 10:
            leaks.append(f"{where}: a small count is shown")
        if low is not None and 1 <= n - low <= 10:
            leaks.append(f"{where}: a few repeated reports can be worked out")
        by_week.setdefault((table, week), {})[level, center, form] = n
    for (table, week), cells in by_week.items():
        for name, total, parts in _sums(cells):
            rest = total - sum(parts)
            if rest < 0 or 1 <= rest <= 10:
                leaks.append(f"{table}, week {week}: {name} leaves a rest that is small or impossible")
    return leaks


def _sums(cells: dict[tuple[str, str, str], int]) -> list[tuple[str, int, list[int]]]:
    """(name, total, published parts) for every total that has any."""
    found = []
    state = cells.get(("state", "all", "all"))
    forms = {form: n for (level, _, form), n in cells.items() if level == "state by form"}
    inner = {(center, form): n for (level, center, form), n in cells.items() if level == "center by form"}
    if state is not None and forms:
        found.append(("state less forms", state, list(forms.values())))
    if inner:
        centers = sorted({center for center, _ in inner})
        for center in centers:
            parts = [n for (c, form), n in inner.items() if c == center and form != "all"]
            found.append((f"{center} less forms", inner.get((center, "all"), sum(parts)), parts))
        for form in sorted({form for _, form in inner} - {"all"}):
            found.append((f"{form} less centers", forms.get(form, 0), [n for (_, f), n in inner.items() if f == form]))
        if state is not None:
            found.append(("state less centers", state, [n for (_, form), n in inner.items() if form == "all"]))
    return found
