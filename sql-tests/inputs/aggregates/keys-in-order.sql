-- Many groups whose rows come one after the other, and what must not be taken for it. More groups than a worker keeps.
CREATE TEMPORARY VIEW lines AS SELECT id, id DIV 3 AS k, id % 7 AS v FROM range(0, 900000, 1, 1);
SELECT count(*), min(n), max(n), sum(total), sum(k * n) FROM (SELECT k, count(*) AS n, sum(v) AS total FROM lines GROUP BY k);
SELECT k, count(*) AS n, sum(v) AS total, min(id), max(id) FROM lines GROUP BY k HAVING sum(v) > 14 AND k % 20011 = 2 ORDER BY k;
-- In order, but once more from the start; every third time only.
SELECT count(*), min(n), max(n), sum(total), max(total) FROM (SELECT k % 200000 AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY k % 200000);
SELECT count(*), min(n), max(n), sum(total) FROM (SELECT IF(k % 3 = 0, k - 150000, k) AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1);
-- Backwards; from one key to the next and back; in order at first, then in no order, or all the same.
SELECT count(*), min(n), max(n), sum(total) FROM (SELECT -k AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY -k);
SELECT count(*), min(n), max(n), sum(total) FROM (SELECT k + id % 2 AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY k + id % 2);
SELECT count(*), min(n), max(n), sum(total) FROM (SELECT IF(id < 500000, k, id * 7919 % 300007) AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1);
SELECT count(*), min(n), max(n), sum(total) FROM (SELECT IF(id < 600000, k, 5) AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1);
-- NULL comes late, and so do numbers of more bits.
SELECT count(*), count(k), max(n), sum(total) FROM (SELECT IF(id > 700000 AND k % 2 = 0, NULL, k) AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1);
SELECT count(*), max(k), min(n), max(n), sum(total) FROM (SELECT IF(id > 700000, k * 1000000000000, k) AS k, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1);
SELECT count(*), max(a), max(b), min(n), max(n), sum(total) FROM (SELECT CAST(k AS INT) AS a, CAST(IF(id > 800000, NULL, k % 2) AS INT) AS b, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1, 2);
SELECT count(*), max(a), min(b), min(n), max(n), sum(total) FROM (SELECT k AS a, -k AS b, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1, 2);
SELECT count(*), max(a), min(n), max(n), sum(total) FROM (SELECT CAST(k AS STRING) AS a, count(*) AS n, sum(v) AS total FROM lines GROUP BY 1);
-- Other calls: the order of values, distinct ones, filters, states of several columns, values of each row.
SELECT count(*), sum(f), sum(l), round(sum(m), 3) FROM (SELECT k, min(v) AS f, max(v) AS l, avg(v) AS m FROM lines GROUP BY k);
SELECT count(*), sum(d), sum(c), max(c) FROM (SELECT k % 250000 AS k, count(DISTINCT v) AS d, count(v) FILTER (WHERE v > 3) AS c FROM lines GROUP BY k % 250000);
SELECT count(*), sum(size(l)), max(l[0]) FROM (SELECT k, collect_list(v) AS l FROM lines WHERE k < 200000 GROUP BY k);
SELECT count(*), sum(n) FROM (SELECT k, v, grouping(v) AS g, count(*) AS n FROM lines WHERE k < 150000 GROUP BY k, v GROUPING SETS ((k), (k, v)));
-- What HAVING lets through joined to a table that seems to have fewer rows: few of them, all of them, none.
CREATE TEMPORARY VIEW half AS SELECT id AS h, concat('name ', CAST(id AS STRING)) AS name FROM range(0, 150000, 1, 1);
SELECT name, total FROM (SELECT k, sum(v) AS total FROM lines GROUP BY k HAVING sum(v) > 14) JOIN half ON k = h WHERE h % 10007 = 0 ORDER BY name;
SELECT count(*), sum(total), max(name) FROM (SELECT k, sum(v) AS total FROM lines GROUP BY k HAVING sum(v) > 14) JOIN half ON k = h;
SELECT count(*), sum(total), max(name) FROM (SELECT k, sum(v) AS total FROM lines GROUP BY k HAVING sum(v) >= 0) JOIN half ON k = h;
SELECT count(*), sum(total), max(name) FROM (SELECT k, sum(v) AS total FROM lines GROUP BY k HAVING sum(v) > 100) JOIN half ON k = h;
SELECT count(*), max(name) FROM half LEFT JOIN (SELECT k, sum(v) AS total FROM lines GROUP BY k HAVING sum(v) > 100) ON k = h WHERE k IS NULL;
SELECT count(*), max(name) FROM half WHERE h IN (SELECT k FROM lines GROUP BY k HAVING sum(v) > 14);
