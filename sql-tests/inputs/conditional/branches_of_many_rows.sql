-- CASE over batches of many rows: which branch has most of them, NULLs among them, and work that branches share.
CREATE TEMPORARY VIEW t AS SELECT id, CAST(id % 12 + 1 AS INT) AS quantity, CAST((id * 37 % 50000) / 100.0 AS DECIMAL(9,2)) AS price, CAST((id % 30) / 100.0 AS DECIMAL(4,2)) AS discount, IF(id % 11 = 0, NULL, id % 7) AS day FROM range(40000);
SELECT sum(CASE WHEN day = 1 THEN quantity * price * (1 - discount) ELSE 0 END) AS a, sum(CASE WHEN day = 2 THEN quantity * price * (1 - discount) ELSE 0 END) AS b, sum(CASE WHEN day >= 3 THEN quantity * price * (1 - discount) END) AS c, count(CASE WHEN day >= 3 THEN quantity * price * (1 - discount) END) AS d FROM t;
SELECT sum(quantity * price) AS a, sum(CASE WHEN day < 2 THEN quantity * price ELSE 0 END) AS b, avg(CASE WHEN day > 2 THEN quantity * price END) AS c FROM t;
SELECT sum(CASE WHEN day = 0 THEN quantity WHEN day = 1 THEN -quantity WHEN day < 5 THEN 100 END) AS a, count(CASE WHEN day = 0 THEN quantity WHEN day = 1 THEN -quantity WHEN day < 5 THEN 100 END) AS b FROM t;
SELECT sum(CASE WHEN day IS NULL THEN NULL WHEN day = 3 THEN NULLIF(quantity, 3) ELSE day END) AS a, count(CASE WHEN day IS NULL THEN NULL WHEN day = 3 THEN NULLIF(quantity, 3) ELSE day END) AS b FROM t;
SELECT CASE WHEN day = 1 THEN CAST(quantity AS DOUBLE) * 0.5 WHEN day = 2 THEN -0.0 ELSE CAST('NaN' AS DOUBLE) END AS x, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT CASE WHEN day < 3 THEN date_add(DATE '2024-01-01', quantity) WHEN day = 3 THEN DATE '1970-01-01' END AS x, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT min(x), max(x), count(x) FROM (SELECT CASE WHEN day < 3 THEN timestamp_seconds(id) WHEN day = 4 THEN TIMESTAMP '1999-12-31 23:59:59' END AS x FROM t);
SELECT CASE WHEN day < 3 THEN day = 1 WHEN day = 4 THEN NULL ELSE quantity > 6 END AS x, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT CASE WHEN day < 3 THEN 'short' WHEN day = 4 THEN concat('a text of more than twelve bytes ', quantity) END AS x, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT CASE WHEN day < 3 THEN INTERVAL '1' DAY * quantity ELSE INTERVAL '0' DAY END AS x, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT sum(coalesce(day, quantity, 0)) AS a, sum(coalesce(NULLIF(day, 1), NULLIF(quantity, 2), -1)) AS b, count(coalesce(NULLIF(day, 1), NULLIF(quantity, 2))) AS c FROM t;
-- Work that several branches have in common, which some rows would fail at.
SELECT sum(CASE WHEN id > 5 THEN 1000000 DIV id WHEN id > 0 THEN 1000000 DIV id + 1 ELSE 0 END) AS a, sum(CASE WHEN id <> 0 THEN 1000000 DIV id END) AS b FROM t;
SELECT sum(CASE WHEN id < 10 THEN CAST(id AS INT) * 200000000 WHEN id < 5 THEN CAST(id AS INT) * 200000000 + 1 END) AS a FROM range(12);
SELECT sum(CASE WHEN id < 100 THEN CAST(id AS TINYINT) ELSE 0 END) AS a, sum(CASE WHEN id < 50 THEN -CAST(id AS TINYINT) ELSE 0 END) AS b FROM t;
SELECT max(CASE WHEN id < 5 THEN big * big ELSE 0 END) AS a, max(CASE WHEN id < 4 THEN big * big END) AS b FROM (SELECT id, CAST(CASE WHEN id < 5 THEN 99999 ELSE 99999999999999999999999999999999999999 END AS DECIMAL(38,0)) AS big FROM range(9));
SELECT max(CASE WHEN id < 4 THEN big + big ELSE 0 END) AS a, max(CASE WHEN id < 3 THEN big + big END) AS b FROM (SELECT id, CAST(CASE WHEN id < 5 THEN 99999 ELSE 99999999999999999999999999999999999999 END AS DECIMAL(38,0)) AS big FROM range(9));
SELECT sum(CASE WHEN id < 6 THEN big + big ELSE 0 END) AS a, sum(CASE WHEN id < 6 THEN big + big END) AS b FROM (SELECT id, CAST(CASE WHEN id < 5 THEN 99999 ELSE 99999999999999999999999999999999999999 END AS DECIMAL(38,0)) AS big FROM range(9));
SELECT sum(CASE WHEN day = 1 THEN rand(1) * 0 + 1 ELSE 0 END) AS a, sum(CASE WHEN day = 2 THEN rand(1) * 0 + 1 ELSE 0 END) AS b FROM t;
