-- Aggregates over a table that the outer query reads too.
CREATE TEMPORARY VIEW t AS SELECT CASE WHEN id % 50 = 49 THEN NULL ELSE id % 50 END AS k, id % 7 AS h, id AS v FROM range(1000);
CREATE TEMPORARY VIEW p AS SELECT * FROM VALUES (3L, 'a'), (4L, 'b'), (4L, 'c'), (77L, 'd'), (NULL, 'e') AS p(k, name);
-- Below the mean of the own group.
SELECT t.v, name FROM t, p WHERE t.k = p.k AND t.v < (SELECT avg(s.v) * 0.2 FROM t s WHERE s.k = t.k) ORDER BY v, name;
SELECT t.v, name FROM t, p WHERE t.k = p.k AND t.v < (SELECT avg(s.v) * 0.2 FROM t s WHERE s.k = p.k) ORDER BY v, name;
-- The group is another one than the row's.
SELECT count(*), sum(t.v) FROM t, p WHERE t.k = p.k AND t.v < (SELECT max(s.v) - 500 FROM t s WHERE s.h = p.k);
SELECT count(*), sum(t.v) FROM t, p WHERE t.k = p.k AND t.v < (SELECT max(s.v) - 500 FROM t s WHERE s.k = t.h);
SELECT count(*), sum(t.v) FROM t, p WHERE t.k = p.k AND t.v < (SELECT max(s.v) - 500 FROM t s WHERE s.k = p.k + 1);
-- The group has rows that the outer query leaves out, and the other way round.
SELECT count(*), sum(t.v) FROM t, p WHERE t.k = p.k AND t.h = 2 AND t.v < (SELECT avg(s.v) FROM t s WHERE s.k = t.k);
SELECT count(*), sum(t.v) FROM t, p WHERE t.k = p.k AND t.v < (SELECT avg(s.v) FROM t s WHERE s.k = t.k AND s.h = 2);
SELECT count(*), sum(t.v) FROM t, p WHERE t.k = p.k AND t.h = 2 AND t.v < (SELECT avg(s.v) FROM t s WHERE s.k = t.k AND s.h = 2);
-- By two columns, one of which is the other table's.
SELECT t.v, name, m FROM t JOIN p ON t.k = p.k JOIN (SELECT k, h, max(v) AS m FROM t GROUP BY k, h) g ON g.k = p.k AND g.h = t.h WHERE t.v = m ORDER BY v, name;
SELECT count(*) FROM t JOIN p ON t.k = p.k JOIN (SELECT k, h, max(v) AS m FROM t GROUP BY k, h) g ON g.k = p.k WHERE t.v = m;
-- NULL keys.
SELECT count(*) FROM t JOIN p ON t.k <=> p.k JOIN (SELECT k, count(*) AS n FROM t GROUP BY k) g ON g.k <=> t.k WHERE n > 1;
SELECT count(*) FROM t JOIN p ON t.k = p.k JOIN (SELECT k, count(*) AS n FROM t GROUP BY k) g ON g.k <=> t.k WHERE n > 1;
SELECT count(*) FROM t JOIN p ON p.k = 3 JOIN (SELECT k, count(*) AS n FROM t GROUP BY k) g ON g.k = t.k WHERE n > 1;
-- Outer joins keep rows without a group.
SELECT p.name, g.n FROM p LEFT JOIN t ON t.k = p.k AND t.v < 60 LEFT JOIN (SELECT k, count(*) AS n FROM t GROUP BY k) g ON g.k = p.k ORDER BY 1, 2;
-- Aggregates that a window computes otherwise or not at all.
SELECT count(*) FROM t, p WHERE t.k = p.k AND 3 < (SELECT count(DISTINCT s.h) FROM t s WHERE s.k = t.k);
SELECT sum(n), sum(m) FROM t JOIN p ON t.k = p.k JOIN (SELECT k, count(*) FILTER (WHERE h = 1) AS n, count(h) AS m FROM t GROUP BY k) g ON g.k = t.k;
SELECT count(*) FROM t, p WHERE t.k = p.k AND (SELECT count(*) FROM t s WHERE s.k = t.k AND s.v > 10000) = 0;
-- The window's column is read above, and the key as well.
SELECT g.k, t.v, total, total - t.v AS rest FROM t JOIN p ON t.k = p.k JOIN (SELECT k, sum(v) AS total FROM t GROUP BY k) g ON g.k = t.k WHERE t.v > 900 ORDER BY 1, 2, 3;
