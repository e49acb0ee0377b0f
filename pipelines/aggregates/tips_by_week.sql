-- title: Tips about trafficking by week
-- unit: tip
-- grain: ISO week of the report, Pacific calendar
-- dims: week, center, form
-- measures: n = tips; n_low = tips, those with the same text counted once
SELECT t.reported_week AS week, t.responsible_center AS center, t.exploitation_form AS form,
    count(*) AS n, count(DISTINCT coalesce(c.cluster, t.record_uid)) AS n_low
FROM tips AS t LEFT JOIN clusters AS c ON c.record_uid = t.record_uid
WHERE t.reported_week IS NOT NULL AND t.exploitation_form <> 'none'
GROUP BY ALL ORDER BY ALL
