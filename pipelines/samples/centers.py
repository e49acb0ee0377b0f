"""The fourteen feeds of the simulated centers: which world each one reports, how it writes, and which of its weeks are not like the others."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any

from pipelines.samples import incidents, tips
from pipelines.samples.dialects import delimited, json_lines, los_angeles, nibrs, niem, northern, orange, san_diego, workbook
from pipelines.samples.dialects.san_francisco import window_deliveries
from pipelines.samples.dialects.totals import service_deliveries, training_deliveries
from pipelines.samples.sent import Calendar, Sent
from pipelines.samples.weekly import Dialect, deliveries


def _tips(center: str, feed: str, mode: str, name: str, key: Callable[[Any], str], **how: Any) -> Dialect[tips.Tip]:
    return Dialect(
        feed,
        mode,
        lambda seed, monday: tips.tips_of_week(seed, center, monday),
        tips.corrected,
        name.format,
        key,
        **how,
    )


def _incidents(center: str, feed: str, mode: str, name: str, key: Callable[[Any], str], **how: Any) -> Dialect[incidents.Incident]:
    return Dialect(
        feed,
        mode,
        lambda seed, monday: incidents.incidents_of_week(seed, center, monday),
        incidents.amended,
        name.format,
        key,
        **how,
    )


def _same(raw: Any) -> Any:
    return raw


DIALECTS: tuple[Dialect[Any], ...] = (
    _incidents(
        "CCIC",
        "ccic_incidents",
        "action",
        "CCIC_NIBRS_{0}.txt",
        lambda one: f"CA{nibrs.COUNTY_NUMBERS[one.county]:03d}{'00' if one.agency == 'sheriff' else '07'}ZZ/T{one.serial:09d}",
        raw=nibrs.report,
        record=nibrs.report_record,
        write=nibrs.write_flat,
        spoils=nibrs.NIBRS_SPOILS,
        alter=_same,
        calendar=Calendar(silent=frozenset({55}), zero=frozenset({52})),
    ),
    _tips(
        "CCIC",
        "ccic_tips",
        "append",
        "CCIC tips {0}{1}.xlsx",
        lambda one: f"C{one.monday.year % 100:02d}/{one.serial % 100_000:05d}",
        raw=workbook.central_tip,
        record=workbook.central_tip_record,
        write=workbook.write_central_tips,
        spoils=workbook.CENTRAL_SPOILS,
        alter=workbook.put("Account / Language", "O"),
        calendar=Calendar(silent=frozenset({30, 31, 32, 33, 34}), changed=frozenset({40})),
    ),
    _incidents(
        "JRIC",
        "jric_incidents",
        "append",
        "la_incidents_{0}.csv",
        lambda one: f"{90_000_000 + one.serial * 10:09d}",
        raw=los_angeles.la_incident,
        record=los_angeles.la_incident_record,
        write=los_angeles.write_la_incidents,
        spoils=los_angeles.LA_SPOILS,
        alter=delimited.put("Status", "CC"),
        calendar=Calendar(silent=frozenset({70})),
    ),
    _tips(
        "JRIC",
        "jric_tips",
        "action",
        "jric-tips-{0}{1}.ndjson",
        lambda one: f"J{one.serial:08d}",
        raw=json_lines.la_tip,
        record=json_lines.la_tip_record,
        write=json_lines.write_la_tips,
        spoils=json_lines.LA_TIP_SPOILS,
        alter=_same,
        calendar=Calendar(silent=frozenset({17, 18})),
    ),
    _tips(
        "NCRIC",
        "ncric_tips",
        "action",
        "NCRIC_TIPS_{0}{1}.csv",
        lambda one: f"NC-{one.monday.year}-{one.serial % 100_000:05d}",
        raw=northern.northern_tip,
        record=northern.northern_tip_record,
        write=northern.write_northern_tips,
        spoils=northern.NORTHERN_SPOILS,
        alter=_same,
        calendar=Calendar(silent=frozenset({4, 61})),
    ),
    _incidents(
        "OCIAC",
        "ociac_incidents",
        "action",
        "oc-nibrs-{0}.xml",
        lambda one: f"CA{nibrs.COUNTY_NUMBERS[one.county]:03d}{'00' if one.agency == 'sheriff' else '07'}ZZ/T{one.serial:09d}",
        raw=nibrs.report,
        record=nibrs.report_record,
        write=nibrs.write_xml,
        spoils=nibrs.NIBRS_SPOILS,
        alter=_same,
        calendar=Calendar(zero=frozenset({9, 88})),
    ),
    _tips(
        "OCIAC",
        "ociac_tips",
        "append",
        "OCIAC_Leads_{0}{1}.txt",
        lambda one: f"OC{one.serial:07d}",
        raw=orange.orange_tip,
        record=orange.orange_tip_record,
        write=orange.write_orange_tips,
        spoils=orange.ORANGE_SPOILS,
        alter=delimited.put("Language", "Other"),
        calendar=Calendar(zero=frozenset({6, 60})),
    ),
    _incidents(
        "SD-LECC",
        "sdlecc_incidents",
        "append",
        "SDLECC_INC_{0}{1}.csv",
        lambda one: f"SD{one.monday.year % 100:02d}-{one.serial:06d}",
        raw=san_diego.san_diego_incident,
        record=san_diego.san_diego_record,
        write=san_diego.write_san_diego,
        spoils=san_diego.SAN_DIEGO_SPOILS,
        alter=delimited.put("Status", "U"),
        calendar=Calendar(zero=frozenset({44}), grown=(20,)),
        split=san_diego.one_row_per_offence,
    ),
    _tips(
        "SD-LECC",
        "sdlecc_tips",
        "action",
        "sdlecc_tips_{0}{1}.xml",
        lambda one: f"SDT-{one.serial:08d}",
        raw=niem.san_diego_tip,
        record=niem.san_diego_tip_record,
        write=niem.write_san_diego_tips,
        spoils=niem.SAN_DIEGO_TIP_SPOILS,
        alter=_same,
        calendar=Calendar(silent=frozenset({25}), zero=frozenset({47})),
    ),
    _incidents(
        "STAC",
        "stac_incidents",
        "append",
        "stac_incidents_{0}{1}.ndjson.gz",
        lambda one: f"SA-{one.monday.year}-{one.serial:06d}",
        raw=json_lines.state_incident,
        record=json_lines.state_incident_record,
        write=json_lines.write_state_incidents,
        spoils=json_lines.STATE_INCIDENT_SPOILS,
        alter=json_lines.put("disposition", "UNFOUNDED"),
        calendar=Calendar(silent=frozenset({110}), grown=(100, 50)),
    ),
    _tips(
        "STAC",
        "stac_tips",
        "action",
        "tips_{0}.ndjson",
        lambda one: f"ST-{one.monday.year}-{one.serial:06d}",
        raw=json_lines.state_tip,
        record=json_lines.state_tip_record,
        write=json_lines.write_state_tips,
        spoils=json_lines.STATE_TIP_SPOILS,
        alter=_same,
        calendar=Calendar(silent=frozenset({90})),
    ),
)
WINDOW = Calendar(silent=frozenset({35, 36}))

FEEDS: dict[str, Callable[[int, date], Iterable[Sent]]] = {
    **{dialect.feed: partial(deliveries, dialect) for dialect in DIALECTS},
    "ncric_incidents": lambda seed, monday: window_deliveries(seed, WINDOW, monday),
    "vsb_services": service_deliveries,
    "csti_training": training_deliveries,
}
CALENDARS = {**{dialect.feed: dialect.calendar for dialect in DIALECTS}, "ncric_incidents": WINDOW}
