-- Group keys that come out of a join's small side or a file as codes, and what must not be done with codes.
CREATE TEMPORARY VIEW shop AS SELECT * FROM VALUES (0, 'north', 'kiosk', 1.5), (1, 'south', 'market', 2.5), (2, 'north', 'market', CAST(NULL AS DECIMAL(2,1))), (3, CAST(NULL AS STRING), 'kiosk', 2.5), (4, 'south', CAST(NULL AS STRING), 1.5) AS shop(s, region, format, size);
CREATE TEMPORARY VIEW item AS SELECT * FROM VALUES (0, 'a brand with a long name', 'food'), (1, 'another brand of that length', 'food'), (2, 'short', 'toys'), (3, CAST(NULL AS STRING), CAST(NULL AS STRING)) AS item(i, brand, category);
CREATE TEMPORARY VIEW sales AS SELECT id, CAST(id % 7 AS INT) AS s, IF(id % 10 = 3, NULL, CAST(id * 3 % 5 AS INT)) AS i, CAST(id DIV 100 AS INT) AS day, id % 13 AS amount FROM range(2000);
CREATE TEMPORARY VIEW back AS SELECT id, CAST(id % 6 AS INT) AS s, CAST(id % 3 AS INT) AS i, CAST(id DIV 10 AS INT) AS day, -(id % 4) AS amount FROM range(200);
-- All keys of one side; of both; beside a plain key.
SELECT region, count(*), sum(amount) FROM sales JOIN shop ON sales.s = shop.s GROUP BY region;
SELECT region, format, size, count(*), sum(amount) FROM sales JOIN shop ON sales.s = shop.s GROUP BY region, format, size;
SELECT brand, region, count(*), max(id) FROM sales JOIN shop ON sales.s = shop.s JOIN item ON sales.i = item.i GROUP BY brand, region;
SELECT format, category, region, brand, min(id) FROM sales JOIN shop ON sales.s = shop.s JOIN item ON sales.i = item.i GROUP BY format, category, region, brand;
SELECT day, region, sum(amount) FROM sales JOIN shop ON sales.s = shop.s WHERE day < 3 GROUP BY day, region;
SELECT DISTINCT region, format FROM sales JOIN shop ON sales.s = shop.s;
-- Rows without a match are NULL, a group with the NULLs that a match gives.
SELECT region, count(*) FROM sales LEFT JOIN shop ON sales.s = shop.s GROUP BY region;
SELECT region, brand, count(*) FROM sales LEFT JOIN shop ON sales.s = shop.s LEFT JOIN item ON sales.i = item.i AND brand <> 'short' GROUP BY region, brand;
SELECT region, count(*), count(id) FROM sales RIGHT JOIN shop ON sales.s = shop.s AND amount > 11 GROUP BY region;
SELECT region, brand, count(*), count(id) FROM sales FULL JOIN shop ON sales.s = shop.s LEFT JOIN item ON sales.i = item.i GROUP BY region, brand;
SELECT region, count(*) FROM sales LEFT JOIN (SELECT * FROM shop WHERE s > 100) t ON sales.s = t.s GROUP BY region;
-- The key is read by something else too.
SELECT region, count(region), max(region), min(length(region)) FROM sales JOIN shop ON sales.s = shop.s GROUP BY region;
SELECT region, count(*) FROM sales JOIN shop ON sales.s = shop.s WHERE region > 'o' OR format = 'market' GROUP BY region;
SELECT upper(region) AS u, count(*) FROM sales JOIN shop ON sales.s = shop.s GROUP BY upper(region);
SELECT region, count(*) FILTER (WHERE region = 'north'), count(DISTINCT format) FROM sales JOIN shop ON sales.s = shop.s GROUP BY region;
SELECT region, format, count(DISTINCT amount), count(DISTINCT day), sum(DISTINCT amount) FROM sales JOIN shop ON sales.s = shop.s GROUP BY region, format;
SELECT region, count(*) FROM sales JOIN shop ON sales.s = shop.s JOIN item ON sales.i = item.i AND (brand > region OR category IS NULL) GROUP BY region;
SELECT a.region, count(*) FROM (SELECT * FROM sales JOIN shop USING (s)) a JOIN shop b ON a.region = b.region GROUP BY a.region;
SELECT region, count(*) FROM (SELECT region, region AS again, id FROM sales JOIN shop ON sales.s = shop.s) WHERE again <> 'north' GROUP BY region;
SELECT region, again, count(*) FROM (SELECT region, region AS again FROM sales JOIN shop ON sales.s = shop.s) GROUP BY region, again;
-- Filters, semi joins and further joins between the join and the groups.
SELECT region, format, count(*) FROM sales JOIN shop ON sales.s = shop.s WHERE amount + size > 8 GROUP BY region, format;
SELECT region, format, count(*) FROM sales JOIN shop ON sales.s = shop.s WHERE id IN (SELECT id * 2 FROM back) GROUP BY region, format;
SELECT region, format, count(*) FROM sales JOIN shop ON sales.s = shop.s WHERE NOT EXISTS (SELECT 1 FROM back WHERE back.id = sales.id) GROUP BY region, format;
SELECT region, format, b.amount, count(*) FROM sales JOIN shop ON sales.s = shop.s JOIN back b ON b.id = sales.id GROUP BY region, format, b.amount;
SELECT region, format, sum(n) FROM (SELECT region, format, day, count(*) AS n FROM sales JOIN shop ON sales.s = shop.s GROUP BY region, format, day) GROUP BY region, format;
-- Inputs of a union have dictionaries of their own.
SELECT region, sum(amount), count(*) FROM (SELECT s, amount FROM sales UNION ALL SELECT s, amount FROM back) m JOIN shop ON m.s = shop.s GROUP BY region;
SELECT region, brand, count(*) FROM (SELECT region, brand FROM sales JOIN shop USING (s) JOIN item USING (i) UNION ALL SELECT brand, format FROM back JOIN shop USING (s) JOIN item USING (i) UNION ALL SELECT 'north', 'short') GROUP BY region, brand;
SELECT x, y, count(*) FROM (SELECT region AS x, region AS y FROM sales JOIN shop USING (s) UNION ALL SELECT region, format FROM back JOIN shop USING (s)) GROUP BY x, y;
-- Grouping sets, HAVING, order, windows and limits above.
SELECT region, format, category, count(*), sum(amount), grouping_id() FROM sales JOIN shop USING (s) JOIN item USING (i) GROUP BY GROUPING SETS ((region, format), (format, category), (region), ());
SELECT region, format, count(*) FROM sales JOIN shop USING (s) GROUP BY ROLLUP (region, format);
SELECT region, format, count(*) AS n FROM sales JOIN shop USING (s) GROUP BY CUBE (region, format) HAVING count(*) > 300;
SELECT region, sum(amount) AS total, rank() OVER (ORDER BY sum(amount) DESC, region) FROM sales JOIN shop USING (s) GROUP BY region;
SELECT region, collect_set(format) FROM (SELECT region, format FROM sales JOIN shop USING (s) WHERE format = 'kiosk') GROUP BY region;
SELECT region, first(amount) FROM (SELECT * FROM sales WHERE amount = 5) JOIN shop USING (s) GROUP BY region;
SELECT region, count(*) FROM (SELECT region FROM sales JOIN shop USING (s) LIMIT 2000) GROUP BY region;
SELECT region, median(amount), percentile_approx(amount, 0.5) FROM sales JOIN shop USING (s) GROUP BY region;
-- Numbers that first are few and close together, then not.
SELECT count(*), sum(n), max(k) FROM (SELECT id * id AS k, count(*) AS n FROM range(3000) GROUP BY id * id);
SELECT count(*), sum(n), min(a), max(b) FROM (SELECT id DIV 100 AS a, id * 7919 % 5000 AS b, count(*) AS n FROM range(20000) GROUP BY id DIV 100, id * 7919 % 5000);
SELECT count(*), sum(n) FROM (SELECT CAST(id DIV 4 AS SMALLINT) AS a, id % 3 = 0 AS b, count(*) AS n FROM range(20000) GROUP BY 1, 2);
SELECT count(*), sum(n) FROM (SELECT IF(id % 50 = 0, NULL, id DIV 40) AS a, count(*) AS n FROM range(20000) GROUP BY 1);
SELECT count(*), sum(n), min(k), max(k) FROM (SELECT IF(id < 9000, id % 100, id * 1000000007) AS k, count(*) AS n FROM range(10000) GROUP BY 1);
-- Few groups with many distinct values each.
SELECT id % 3 AS k, count(DISTINCT id DIV 2), sum(DISTINCT id % 30000), count(*), avg(DISTINCT id % 20000) FROM range(120000) GROUP BY id % 3;
SELECT k, count(DISTINCT v), sum(DISTINCT v), count(v), count(*) FROM (SELECT IF(id % 5 = 0, NULL, id % 4) AS k, IF(id % 7 = 0, NULL, id * 31 % 50000) AS v FROM range(120000)) GROUP BY k;
SELECT k, count(DISTINCT v) FILTER (WHERE v % 2 = 0), count(DISTINCT v, w), count(DISTINCT concat('value ', v)) FROM (SELECT id % 3 AS k, id * 31 % 40000 AS v, id % 2 AS w FROM range(120000)) GROUP BY k;
SELECT count(DISTINCT v), count(DISTINCT w), sum(DISTINCT v), count(*) FROM (SELECT id * 31 % 50000 AS v, concat('w', id % 30000) AS w FROM range(120000));
-- DISTINCT within groups that first are few, then not; with and without other calls.
SELECT count(*), sum(n), sum(d), sum(e) FROM (SELECT concat('a key of some length ', id DIV 20) AS k, count(*) AS n, count(DISTINCT id % 7) AS d, sum(DISTINCT id % 3) AS e FROM range(200000) GROUP BY 1);
SELECT count(*), sum(d), max(k) FROM (SELECT concat('a key of some length ', id DIV 20) AS k, count(DISTINCT id % 7) AS d FROM range(200000) GROUP BY 1);
SELECT k, count(DISTINCT v) FROM (SELECT IF(id % 4 = 0, NULL, concat('key ', id % 4)) AS k, id * 7919 % 60000 AS v FROM range(150000)) GROUP BY k;
SELECT k, count(DISTINCT v), count(DISTINCT w) FILTER (WHERE v > 10) FROM (SELECT IF(id % 4 = 0, double('NaN'), id % 2 * -0.0D) AS k, id * 7919 % 60000 AS v, concat('w', id % 99) AS w FROM range(150000)) GROUP BY k;
SELECT count(*), sum(n), sum(d) FROM (SELECT id % 3 AS a, IF(id < 100000, 0, id) AS b, count(*) AS n, count(DISTINCT id % 11) AS d FROM range(120000) GROUP BY 1, 2);
SELECT k, count(*), count(DISTINCT v), sum(DISTINCT v % 1000) FROM (SELECT CASE WHEN id % 10 < 5 THEN 'low' WHEN id % 10 < 9 THEN 'middle' ELSE 'high' END AS k, id * 7919 % 700000 AS v FROM range(900000)) GROUP BY k;
