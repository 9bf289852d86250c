-- DISTINCT over enough rows for what is kept of them to change its form: whole numbers of a narrow span within few groups.
CREATE TEMPORARY VIEW t AS SELECT id, CAST(id % 7 AS INT) AS k, CAST(id * 7919 % 5003 AS INT) - 2500 AS narrow, IF(id % 13 = 0, NULL, id * 31 % 997) AS some, date_add(DATE '2020-02-20', CAST(id * 37 % 400 AS INT)) AS day, CAST(id % 256 - 128 AS TINYINT) AS tiny, CAST(id * 7 % 30000 - 15000 AS SMALLINT) AS small FROM range(200000);
SELECT count(DISTINCT narrow), sum(DISTINCT narrow), min(DISTINCT narrow), max(DISTINCT narrow) FROM t;
SELECT k, count(DISTINCT narrow) AS a, sum(DISTINCT narrow) AS b, avg(DISTINCT narrow) AS c, count(*) AS n FROM t GROUP BY k ORDER BY k;
SELECT k, count(DISTINCT some) AS a, sum(DISTINCT some) AS b, count(some) AS n FROM t GROUP BY k ORDER BY k;
SELECT k, count(DISTINCT day) AS a, min(DISTINCT day) AS b, max(DISTINCT day) AS c FROM t GROUP BY k ORDER BY k;
SELECT k, count(DISTINCT tiny) AS a, sum(DISTINCT tiny) AS b, count(DISTINCT small) AS c, sum(DISTINCT small) AS d FROM t GROUP BY k ORDER BY k;
SELECT count(DISTINCT narrow), count(DISTINCT some), count(DISTINCT narrow, some), count(DISTINCT k) FROM t;
SELECT k, count(DISTINCT narrow) FILTER (WHERE id % 3 = 0) AS a, count(DISTINCT narrow) FILTER (WHERE id < 100) AS b, count(DISTINCT narrow) AS c FROM t GROUP BY k ORDER BY k;
SELECT k, size(collect_set(some)) AS n, array_max(collect_set(some)) AS most FROM t GROUP BY k ORDER BY k;
SELECT sum(DISTINCT CAST(narrow AS DOUBLE)), sum(DISTINCT CAST(narrow AS DECIMAL(10,2))), count(DISTINCT CAST(narrow AS STRING)) FROM t;
-- The span is narrow at first only.
SELECT count(DISTINCT n), sum(DISTINCT n), max(DISTINCT n) FROM (SELECT IF(id > 150000, id * 1000003, id % 1000) AS n FROM t);
SELECT k, count(DISTINCT n) AS a, min(DISTINCT n) AS b FROM (SELECT k, IF(id > 150000, -id * 1000003, id % 1000) AS n FROM t) GROUP BY k ORDER BY k;
SELECT count(DISTINCT n), min(n), max(n) FROM (SELECT CASE WHEN id = 199998 THEN 9223372036854775807 WHEN id = 199999 THEN -9223372036854775808 ELSE id % 1000 END AS n FROM t);
-- The groups are few at first only.
SELECT count(*), sum(a), max(a) FROM (SELECT g, count(DISTINCT narrow) AS a FROM (SELECT IF(id > 120000, id % 20011, id % 5) AS g, narrow FROM t) GROUP BY g);
-- Nothing but NULL, and nothing.
SELECT count(DISTINCT n), sum(DISTINCT n) FROM (SELECT CAST(NULL AS INT) AS n FROM t);
SELECT k, count(DISTINCT n) AS a, sum(DISTINCT n) AS b FROM (SELECT k, IF(k = 3, NULL, k) AS n FROM t) GROUP BY k ORDER BY k;
SELECT count(DISTINCT narrow) FROM t WHERE id < 0;
SELECT k, count(DISTINCT narrow) AS a FROM t WHERE id < 0 GROUP BY k;
-- Numbers that follow on each other, upwards and downwards.
SELECT k, count(DISTINCT id) AS a, sum(DISTINCT id) AS b FROM t GROUP BY k ORDER BY k;
SELECT k, count(DISTINCT -id) AS a, sum(DISTINCT -id) AS b FROM t GROUP BY k ORDER BY k;
-- Grouping sets.
SELECT k, id % 2 AS odd, count(DISTINCT narrow) AS a FROM t GROUP BY GROUPING SETS ((k), (id % 2), ()) ORDER BY k NULLS LAST, odd NULLS LAST;
SELECT k, sum(DISTINCT 2147483647 + CAST(some AS BIGINT)) AS a FROM t GROUP BY k ORDER BY k;
