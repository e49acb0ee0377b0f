"""The senders of totals: victim services by quarter, training by month. Blank, 0 and suppressed are three different things."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from pipelines.samples.dialects.delimited import Row, put, table
from pipelines.samples.incidents import CALIFORNIA
from pipelines.samples.sent import Line, Sent, Values, drawing

SMALL = 11
SERVED = ("06001", "06013", "06019", "06029", "06037", "06047", "06053", "06059", "06065", "06067", "06071", "06073", "06075", "06077", "06085")
SERVICES = {
    "Information & referral": "information_referral",
    "Personal advocacy": "personal_advocacy",
    "Emotional support": "emotional_support",
    "Emergency shelter": "emergency_shelter",
    "Transitional housing": "transitional_housing",
    "Justice assistance": "justice_assistance",
    "Immigration legal": "legal_immigration",
    "Case management": "case_management",
    "Mental health": "mental_health",
    "Interpretation": "interpretation",
}
FORMS = {"Human Trafficking: Sex": "sex", "Human Trafficking: Labor": "labor"}
SERVICE_COLUMNS = ("county", "quarter", "service", "victimization", "people_served", "people_new", "requests_unmet", "grantees")
ROW_LEVEL_QUARTER = date(2025, 4, 1)  # in this one an export of clients was sent first
COURSES = {
    "HT-101": "recognition_basics",
    "HT-210": "labor_trafficking",
    "HT-220": "sex_trafficking",
    "HT-310": "victim_centered_interview",
    "HT-320": "minors",
    "HT-410": "ems_recognition",
    "HT-510": "report_writing",
    "HT-610": "multidisciplinary",
}
AGENCIES = {"Police": "municipal_police", "Sheriff": "sheriff", "State": "state_police", "Task force": "task_force", "Fire/EMS": "ems_fire"}
MODES = {"Room": "classroom", "Online": "online"}
TRAINING_COLUMNS = ("Month", "Course", "From", "Mode", "Region", "Sessions", "Hours", "Attended", "Completed")


def service_deliveries(seed: int, monday: date) -> Iterator[Sent]:
    """The quarter's totals, on the third Monday after it ended."""
    drawn_up = monday + timedelta(days=7)
    if drawn_up.month % 3 != 1 or not 15 <= drawn_up.day <= 21:
        return
    quarter = _months_before(drawn_up, 3)
    restated = [line for line in _services(seed, _months_before(drawn_up, 6), 1) if line.outcome == "accepted"][::37]
    lines = [*_services(seed, quarter, 0), *restated]
    name = f"vsb_services_{quarter.year}-Q{quarter.month // 3 + 1}_{{}}.csv"
    if quarter == ROW_LEVEL_QUARTER:
        random = drawing(seed, "clients", quarter)
        clients = [line.raw | {"client_hash": f"{random.getrandbits(128):032x}"} for line in lines]
        text, rows = table(("client_hash", *SERVICE_COLUMNS), clients)
        yield Sent("vsb_services", name.format(drawn_up), text.encode(), drawn_up, tuple(lines), tuple(rows), "E-ROWLEVEL")
        drawn_up += timedelta(days=1)
    text, rows = table(SERVICE_COLUMNS, [line.raw for line in lines])
    yield Sent("vsb_services", name.format(drawn_up), text.encode(), drawn_up, tuple(lines), tuple(rows))


def _services(seed: int, quarter: date, revision: int) -> list[Line]:
    """A quarter's totals; a later revision states other numbers."""
    random = drawing(seed, "services", quarter, revision)
    lines = []
    for county in SERVED:
        size = random.randrange(5, 160)
        for service in SERVICES:
            for form in FORMS:
                lines.append(_service(random, county, quarter, service, form, size))
    if not revision:
        bad, wrong = random.sample(range(len(lines)), 2)
        lines[bad] = lines[bad].spoiled(put("service", "Something else")(lines[bad].raw), "R-CODE")
        raw = lines[wrong].raw | {"people_served": "20", "people_new": "30"}
        lines[wrong] = lines[wrong].spoiled(raw, "R-CHECK")
    return lines


def _service(random: Random, county: str, quarter: date, service: str, form: str, size: int) -> Line:
    served = random.randrange(size) if random.random() < 0.9 else 0
    counts = {"people_served": served, "people_new": random.randrange(served + 1), "requests_unmet": random.randrange(size // 2 + 1)}
    given = {name: _cell(random, count, ("S", "<11")) for name, count in counts.items()}
    said = f"{quarter.year}-Q{quarter.month // 3 + 1}"
    where = {
        "county": CALIFORNIA[county].upper(),
        "quarter": said,
        "service": service,
        "victimization": form,
        "grantees": str(random.randrange(1, 6)),
    }
    record: Values = {
        "source_class": "vsp_aggregate",
        "quarter_start": quarter,
        "county_fips": county,
        "service": SERVICES[service],
        "exploitation_form": FORMS[form],
    }
    for name, (written, count, state) in given.items():
        where[name] = written
        record |= {name: count, f"{name}_state": state}
    return Line(f"{where['county']}/{said}/{service}/{form}", where, record)


def training_deliveries(seed: int, monday: date) -> Iterator[Sent]:
    """The month's totals, on the first Monday after it ended."""
    drawn_up = monday + timedelta(days=7)
    if drawn_up.day > 7:
        return
    month = _months_before(drawn_up, 1)
    random = drawing(seed, "training", month)
    lines = [_training(random, month, course, agency, mode) for course in COURSES for agency in AGENCIES for mode in MODES if random.random() < 0.7]
    lines[3] = lines[3].spoiled(lines[3].raw | {"Hours": "many"}, "R-NUMBER")
    text, rows = table(TRAINING_COLUMNS, [line.raw for line in lines], "\t")
    yield Sent("csti_training", f"csti_training_{drawn_up}.tsv", text.encode(), drawn_up, tuple(lines), tuple(rows))


def _training(random: Random, month: date, course: str, agency: str, mode: str) -> Line:
    sessions = random.randrange(1, 9)
    attended = random.randrange(60) if random.random() < 0.9 else 0
    raw: Row = {"Month": month.strftime("%m/%Y"), "Course": course, "From": agency, "Mode": mode, "Region": "CA", "Sessions": str(sessions)}
    record: Values = {
        "source_class": "training_aggregate",
        "month_start": month,
        "module": COURSES[course],
        "agency_type": AGENCIES[agency],
        "mode": MODES[mode],
        "sessions": sessions,
        "hours": sessions * 2.5,
    }
    raw["Hours"] = f"{sessions * 2.5:.1f}".replace(".", ",")
    for name, count in (("attended", attended), ("completed", random.randrange(attended + 1))):
        raw[name.capitalize()], record[name], record[f"{name}_state"] = _cell(random, count, ("x", "<11"))
    return Line(f"{raw['Month']}/{course}/{agency}/{mode}", raw, record)


def _cell(random: Random, count: int, hidden: tuple[str, str]) -> tuple[str, int | None, str]:
    """What is written, the number that it gives, and its state: small numbers are suppressed, some are left blank."""
    if random.random() < 0.06:
        return "", None, "blank"
    if 0 < count < SMALL:
        return random.choice(hidden), None, "suppressed"
    return str(count), count, "reported" if count else "zero"


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
