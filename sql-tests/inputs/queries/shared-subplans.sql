-- A CTE with a volatile expression is computed once, however often it is named.
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM t a JOIN t b ON a.id = b.id WHERE a.r <> b.r;
WITH t AS (SELECT id, uuid() AS u FROM range(5)) SELECT count(DISTINCT u) FROM (SELECT u FROM t UNION ALL SELECT u FROM t);
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM t WHERE r = (SELECT max(r) FROM t);
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM t WHERE r NOT IN (SELECT r FROM t);
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.r = t.r AND u.id = t.id);
WITH t AS (SELECT id, rand() AS r FROM range(20)), u AS (SELECT id, r + 1 AS r FROM t) SELECT count(*) FROM t JOIN u ON t.id = u.id WHERE t.r + 1 <> u.r;
WITH t(a, b) AS (SELECT id, rand() FROM range(10)) SELECT count(*) FROM t x JOIN t y ON x.b = y.b AND x.a = y.a;
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM (SELECT * FROM t EXCEPT SELECT * FROM t);
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM (SELECT * FROM t ORDER BY r LIMIT 3) a JOIN (SELECT * FROM t ORDER BY r LIMIT 5) b ON a.id = b.id AND a.r = b.r;
WITH t AS (SELECT id FROM range(100) WHERE rand() < 0.5) SELECT (SELECT count(*) FROM t) = (SELECT count(*) FROM t) AS same;
WITH t AS (SELECT id, rand() AS r FROM range(20)) SELECT count(*) FROM t a WHERE a.id IN (WITH s AS (SELECT id, r FROM t) SELECT s.id FROM s WHERE s.r = a.r);
SELECT (WITH t AS (SELECT rand() AS r) SELECT count(*) FROM t a JOIN t b ON a.r = b.r) AS n;
-- Equal parts of a query that run once.
CREATE TEMPORARY VIEW sales AS SELECT id % 7 AS shop, id % 3 AS item, id AS amount FROM range(1000);
WITH per_shop AS (SELECT shop, sum(amount) AS total FROM sales GROUP BY shop) SELECT shop, total FROM per_shop WHERE total = (SELECT max(total) FROM per_shop);
WITH per_shop AS (SELECT shop, sum(amount) AS total, count(*) AS n FROM sales GROUP BY shop) SELECT a.shop, a.total, b.n FROM per_shop a JOIN per_shop b ON a.shop = b.shop + 1 ORDER BY a.shop;
WITH per_shop AS (SELECT shop, sum(amount) AS total FROM sales GROUP BY shop) SELECT * FROM per_shop UNION ALL SELECT * FROM per_shop ORDER BY shop, total;
WITH per_shop AS (SELECT shop, sum(amount) AS total FROM sales GROUP BY shop) SELECT a.shop, b.shop FROM per_shop a JOIN per_shop b ON a.total < b.total WHERE a.shop > 3 AND b.shop < 6 ORDER BY 1, 2;
SELECT item, sum(amount) AS total FROM sales GROUP BY item HAVING sum(amount) > (SELECT sum(amount) / 3 FROM sales) ORDER BY item;
WITH ranked AS (SELECT shop, item, amount, row_number() OVER (PARTITION BY shop ORDER BY amount DESC) AS place FROM sales) SELECT a.shop, a.amount - b.amount AS lead FROM ranked a JOIN ranked b ON a.shop = b.shop AND a.place = b.place - 1 WHERE a.place = 1 ORDER BY a.shop;
WITH j AS (SELECT a.shop, b.item, a.amount FROM sales a JOIN sales b ON a.amount = b.amount + 1) SELECT (SELECT count(*) FROM j), (SELECT sum(amount) FROM j), (SELECT max(item) FROM j);
WITH d AS (SELECT DISTINCT shop FROM sales) SELECT count(*) FROM d a CROSS JOIN d b CROSS JOIN d c;
WITH t AS (SELECT shop, sum(amount) AS s FROM sales GROUP BY shop ORDER BY s DESC LIMIT 3) SELECT a.shop, b.s FROM t a JOIN t b ON a.shop = b.shop ORDER BY a.shop;
-- Parts that look alike and are not the same.
SELECT a.s, b.s FROM (SELECT sum(amount) AS s FROM sales WHERE shop = 1) a CROSS JOIN (SELECT sum(amount) AS s FROM sales WHERE shop = 2) b;
SELECT a.n, b.n FROM (SELECT count(*) AS n FROM sales GROUP BY shop, item ORDER BY 1 LIMIT 1) a CROSS JOIN (SELECT count(*) AS n FROM sales GROUP BY shop ORDER BY 1 LIMIT 1) b;
SELECT a.k, a.v, b.v FROM (SELECT shop AS k, listagg(DISTINCT cast(item AS STRING)) WITHIN GROUP (ORDER BY cast(item AS STRING)) AS v FROM sales GROUP BY shop) a JOIN (SELECT shop AS k, listagg(DISTINCT cast(item AS STRING)) WITHIN GROUP (ORDER BY cast(item AS STRING) DESC) AS v FROM sales GROUP BY shop) b ON a.k = b.k ORDER BY a.k;
SELECT a.k, a.v, b.v FROM (SELECT item AS k, sum(amount) FILTER (WHERE shop = 1) AS v FROM sales GROUP BY item) a JOIN (SELECT item AS k, sum(amount) FILTER (WHERE shop = 2) AS v FROM sales GROUP BY item) b ON a.k = b.k ORDER BY a.k;
SELECT a.k, a.v, b.v FROM (SELECT item AS k, count(shop) AS v FROM sales GROUP BY item) a JOIN (SELECT item AS k, count(DISTINCT shop) AS v FROM sales GROUP BY item) b ON a.k = b.k ORDER BY a.k;
SELECT count(*) FROM (SELECT a.shop, b.item FROM sales a JOIN sales b ON a.amount = b.amount WHERE a.amount < 50) x LEFT JOIN (SELECT a.shop, b.item FROM sales a LEFT JOIN sales b ON a.amount = b.amount AND b.amount < 10 WHERE a.amount < 50) y ON x.shop = y.shop AND x.item = y.item;
SELECT a.r, b.r FROM (SELECT item, rank() OVER (ORDER BY item) AS r FROM (SELECT DISTINCT item FROM sales)) a JOIN (SELECT item, rank() OVER (ORDER BY item DESC) AS r FROM (SELECT DISTINCT item FROM sales)) b ON a.item = b.item ORDER BY a.r;
