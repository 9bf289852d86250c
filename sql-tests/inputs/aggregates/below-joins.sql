-- Aggregations that may be done before a join: keys with many rows, keys without rows, NULLs on either side, keys twice on the other.
CREATE TABLE sold USING parquet AS SELECT id, IF(id % 50 = 3, NULL, id % 40) AS shop, IF(id % 9 = 4, NULL, CAST(id % 13 AS INT)) AS v, CAST(id % 1000 AS DECIMAL(9, 2)) AS d, CAST(id % 5 AS DOUBLE) AS x, concat('item ', CAST(id % 17 AS STRING)) AS s, CAST(id % 3 AS SMALLINT) AS kind FROM range(0, 20000, 1, 4);
CREATE TABLE shops USING parquet AS SELECT IF(id = 60, NULL, id % 55 + 5) AS shop, concat('city ', CAST(id % 4 AS STRING)) AS city, CAST(id % 3 AS SMALLINT) AS kind FROM range(0, 61, 1, 2);
SELECT shops.shop, count(*), count(v), count(1), count(v, d), sum(v), sum(d), min(s), max(s), min(d), max(v) FROM shops LEFT JOIN sold ON shops.shop = sold.shop GROUP BY shops.shop ORDER BY 1;
SELECT shops.shop, city, count(*), count(v), sum(v), sum(d), min(s), max(x) FROM shops JOIN sold ON shops.shop = sold.shop GROUP BY shops.shop, city ORDER BY 1, 2;
SELECT sold.shop, count(*), count(v), sum(kind_sum) FROM (SELECT shop, v, kind AS kind_sum FROM sold) sold JOIN shops ON shops.shop = sold.shop GROUP BY sold.shop ORDER BY 1;
SELECT shops.shop, city, count(*), count(v), sum(d) FROM sold RIGHT JOIN shops ON shops.shop = sold.shop GROUP BY city, shops.shop ORDER BY 1, 2;
SELECT shops.shop, shops.kind, count(*), count(v), sum(v), max(s) FROM shops LEFT JOIN sold ON shops.shop = sold.shop AND shops.kind = sold.kind GROUP BY shops.shop, shops.kind ORDER BY 1, 2;
-- Both keys, one of which is NULL where nothing matches.
SELECT shops.shop, sold.shop, count(*), count(v), sum(v) FROM shops LEFT JOIN sold ON shops.shop = sold.shop GROUP BY shops.shop, sold.shop ORDER BY 1, 2;
SELECT sold.shop, count(*), count(v) FROM shops LEFT JOIN sold ON shops.shop = sold.shop GROUP BY sold.shop ORDER BY 1;
-- Filters of either side, of groups, of nothing.
SELECT shops.shop, count(v), sum(d) FROM shops LEFT JOIN sold ON shops.shop = sold.shop AND s <> 'item 3' AND v > 4 GROUP BY shops.shop ORDER BY 1;
SELECT shops.shop, count(v), sum(d) FROM shops LEFT JOIN (SELECT * FROM sold WHERE id < 0) sold ON shops.shop = sold.shop GROUP BY shops.shop HAVING count(*) > 1 ORDER BY 1;
SELECT c, count(*) FROM (SELECT shops.shop, count(id) AS c FROM shops LEFT JOIN sold ON shops.shop = sold.shop AND s NOT LIKE '%1%' GROUP BY shops.shop) GROUP BY c ORDER BY c;
-- What must not be done before it.
SELECT shops.shop, count(DISTINCT v), sum(x), avg(v), count(v) FILTER (WHERE kind.kind = 1) FROM shops JOIN (SELECT kind FROM shops LIMIT 1) kind LEFT JOIN sold ON shops.shop = sold.shop GROUP BY shops.shop ORDER BY 1;
SELECT shops.shop, count(NULL), sum(1), max(2), min(city) FROM shops LEFT JOIN sold ON shops.shop = sold.shop GROUP BY shops.shop ORDER BY 1;
SELECT shops.shop, count(v), max(100 DIV (shops.shop - 5)) FROM shops LEFT JOIN sold ON shops.shop = sold.shop WHERE shops.shop > 5 GROUP BY shops.shop ORDER BY 1 LIMIT 5;
SELECT shops.shop, max(1 / (sold.shop - 39)) FROM shops JOIN sold ON shops.shop = sold.shop WHERE shops.shop < 39 GROUP BY shops.shop ORDER BY 1;
SELECT shops.shop, count(*) FROM shops LEFT JOIN sold ON shops.shop = sold.shop AND shops.kind < sold.kind GROUP BY shops.shop ORDER BY 1;
SELECT shops.shop, count(*), count(v) FROM shops LEFT JOIN sold ON shops.shop <=> sold.shop GROUP BY shops.shop ORDER BY 1;
SELECT city, count(v), max(s) FROM shops LEFT JOIN sold ON shops.shop = sold.shop GROUP BY city ORDER BY 1;
SELECT shops.shop, count(*), count(v) FROM shops FULL OUTER JOIN sold ON shops.shop = sold.shop GROUP BY shops.shop ORDER BY 1;
DROP TABLE sold;
DROP TABLE shops;
