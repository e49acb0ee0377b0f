-- title: Tips in which an indicator is affirmed, by week
-- unit: tip
-- grain: ISO week of the report, Pacific calendar
-- dims: week, indicator
-- measures: n = tips with at least one affirmed, certain, current hit about what is reported
SELECT t.reported_week AS week, h.indicator, count(DISTINCT t.record_uid) AS n
FROM hits AS h JOIN tips AS t ON t.record_uid = h.record_uid
WHERE h.polarity = 'affirmed' AND h.certainty = 'certain' AND h.temporality = 'current' AND h.experiencer = 'reported'
    AND t.reported_week IS NOT NULL
GROUP BY ALL ORDER BY ALL
