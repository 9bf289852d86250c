-- Tables of many files that are sorted by a key, so that a group ends where the next file begins, or goes on in it.
CREATE TABLE lines_in_blocks USING parquet AS SELECT id, id DIV 3 AS k, CAST(id % 7 AS INT) AS v, CAST(id % 100 AS DECIMAL(9, 2)) AS d, concat('text ', CAST(id % 11 AS STRING)) AS s FROM range(0, 900000, 1, 16);
SELECT count(*), min(n), max(n), sum(total), sum(k * n) FROM (SELECT k, count(*) AS n, sum(v) AS total FROM lines_in_blocks GROUP BY k);
SELECT k, count(*) AS n, sum(v) AS total, min(id), max(id) FROM lines_in_blocks GROUP BY k HAVING sum(v) > 14 AND k % 20011 = 2 ORDER BY k;
-- Around the first and the last row of every file.
SELECT k, count(*) AS n, sum(v), sum(d), min(s), max(s), round(avg(v), 3) FROM lines_in_blocks GROUP BY k HAVING k % 18750 IN (0, 1, 18749) ORDER BY k;
SELECT k, count(*) AS n, min(id) FROM lines_in_blocks WHERE id % 56250 < 2 OR id % 56250 > 56247 GROUP BY k ORDER BY k;
-- With filters that leave whole files out, with keys beside it, with a projection in between.
SELECT count(*), min(k), max(k), sum(n) FROM (SELECT k, count(*) AS n FROM lines_in_blocks WHERE id BETWEEN 100000 AND 400000 GROUP BY k);
SELECT count(*), min(k), max(k), sum(n), sum(v), max(s) FROM (SELECT v, k, s, count(*) AS n FROM lines_in_blocks GROUP BY v, k, s);
SELECT count(*), min(m), max(m), sum(n) FROM (SELECT m, count(w) AS n FROM (SELECT k AS m, v + 1 AS w FROM lines_in_blocks WHERE v <> 3) GROUP BY m);
SELECT k, n FROM (SELECT k, count(*) AS n FROM lines_in_blocks GROUP BY k) WHERE k IN (0, 18749, 18750, 18751, 299999) ORDER BY k;
-- Other calls: of several columns, of few rows, of all values, with filters; distinct ones and sets, which wait for all rows.
SELECT count(*), sum(c), max(c), round(sum(m), 3), sum(e) FROM (SELECT k, count(v) FILTER (WHERE v > 3) AS c, avg(v) AS m, median(v) AS e FROM lines_in_blocks GROUP BY k);
SELECT count(*), sum(dv), sum(size(l)) FROM (SELECT k, count(DISTINCT v) AS dv, collect_list(v) AS l FROM lines_in_blocks GROUP BY k);
SELECT count(*), sum(n), sum(g) FROM (SELECT k, v, grouping(v) AS g, count(*) AS n FROM lines_in_blocks GROUP BY k, v GROUPING SETS ((k), (k, v)));
-- What happens to the groups then: joined, sorted, numbered, limited, grouped again.
SELECT a.k, a.n, b.n FROM (SELECT k, count(*) AS n FROM lines_in_blocks GROUP BY k) a JOIN (SELECT k, count(*) AS n FROM lines_in_blocks WHERE v = 1 GROUP BY k) b ON a.k = b.k WHERE a.k % 30011 = 7 ORDER BY a.k;
SELECT count(*), sum(n), count(x) FROM (SELECT k, count(*) AS n FROM lines_in_blocks GROUP BY k) FULL OUTER JOIN (SELECT id * 2 AS x FROM range(0, 200000)) ON k = x;
SELECT n, count(*) FROM (SELECT k, count(*) AS n FROM lines_in_blocks WHERE v <> 2 GROUP BY k) GROUP BY n ORDER BY n;
SELECT k, total FROM (SELECT k, sum(v) AS total FROM lines_in_blocks GROUP BY k) ORDER BY total DESC, k LIMIT 5;
SELECT count(*) FROM (SELECT k, count(*) FROM lines_in_blocks GROUP BY k LIMIT 1000);
SELECT k, n FROM (SELECT k, count(*) AS n, row_number() OVER (ORDER BY k DESC) AS r FROM lines_in_blocks GROUP BY k) WHERE r <= 3 ORDER BY k;
SELECT count(*), sum(n) FROM (SELECT k, count(*) AS n FROM lines_in_blocks GROUP BY k UNION ALL SELECT id, 1 FROM range(0, 10));
-- Files in another order, with NULLs, of dates, of one value each, in which keys come in no order, and of keys that are too large for many.
CREATE TABLE lines_backwards USING parquet AS SELECT 900000 - id AS id, (900000 - id) DIV 3 AS k FROM range(0, 900000, 1, 16);
SELECT count(*), min(n), max(n), sum(k * n) FROM (SELECT k, count(*) AS n FROM lines_backwards GROUP BY k);
CREATE TABLE lines_with_nulls USING parquet AS SELECT id, IF(id % 30 = 7 AND id > 500000, NULL, id DIV 3) AS k FROM range(0, 900000, 1, 16);
SELECT count(*), count(k), min(n), max(n), sum(k * n) FROM (SELECT k, count(*) AS n FROM lines_with_nulls GROUP BY k);
CREATE TABLE lines_by_day USING parquet AS SELECT id, date_add(DATE'1900-01-01', CAST(id DIV 20 AS INT)) AS day, CAST(id DIV 56250 AS INT) AS file FROM range(0, 900000, 1, 16);
SELECT count(*), min(day), max(day), min(n), max(n) FROM (SELECT day, count(*) AS n FROM lines_by_day GROUP BY day);
SELECT day, count(*) AS n, min(id) FROM lines_by_day GROUP BY day HAVING count(*) <> 20 OR dayofyear(day) = 61 AND year(day) > 2015 ORDER BY day;
SELECT file, count(*), sum(id) FROM lines_by_day GROUP BY file ORDER BY file;
CREATE TABLE lines_mixed USING parquet AS SELECT id, (id DIV 56250) * 18750 + (id * 7919) % 18750 AS k FROM range(0, 900000, 1, 16);
SELECT count(*), min(n), max(n), sum(k * n), sum(low) FROM (SELECT k, count(*) AS n, min(id) AS low FROM lines_mixed GROUP BY k);
CREATE TABLE lines_alike USING parquet AS SELECT id, IF(id < 60000 OR id > 840000, id DIV 3, 100000) AS k FROM range(0, 900000, 1, 16);
SELECT count(*), min(n), max(n), sum(k * n) FROM (SELECT k, count(*) AS n FROM lines_alike GROUP BY k);
CREATE TABLE lines_at_the_ends USING parquet AS SELECT id, CASE WHEN id < 60000 THEN -9223372036854775808 WHEN id >= 840000 THEN 9223372036854775807 ELSE id END AS k FROM range(0, 900000, 1, 16);
SELECT count(*), min(k), max(k), min(n), max(n), sum(n) FROM (SELECT k, count(*) AS n FROM lines_at_the_ends GROUP BY k);
DROP TABLE lines_in_blocks;
DROP TABLE lines_backwards;
DROP TABLE lines_with_nulls;
DROP TABLE lines_by_day;
DROP TABLE lines_mixed;
DROP TABLE lines_alike;
DROP TABLE lines_at_the_ends;
