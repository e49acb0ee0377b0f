-- title: Trafficking incidents by week
-- unit: incident
-- grain: ISO week of the incident, Pacific calendar; incidents without a known day have no week
-- dims: week, center, form
-- measures: n = incidents with an offence 64A or 64B, however many offences they carry; n_low = the same
SELECT i.occurred_week AS week, i.responsible_center AS center, i.exploitation_form AS form, count(*) AS n, count(*) AS n_low
FROM incidents AS i
WHERE i.occurred_week IS NOT NULL AND i.exploitation_form IN ('sex', 'labor', 'both')
GROUP BY ALL ORDER BY ALL
