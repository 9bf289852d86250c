-- Joins whose keys are all there, so that what is known of them filters nothing: at first it is looked at, then no longer.
CREATE TABLE visits USING parquet AS SELECT id, id % 5000 AS page, CAST((id * 7919) % 300007 AS INT) AS seen, CAST(id % 97 AS INT) AS shop, CAST(id % 1000 AS DECIMAL(9, 2)) AS d, concat('text ', CAST(id % 11 AS STRING)) AS s FROM range(0, 600000, 1, 6);
CREATE TABLE pages USING parquet AS SELECT id AS page, id % 13 AS kind FROM range(0, 5000, 1, 1);
CREATE TABLE shops USING parquet AS SELECT CAST(id AS INT) AS shop, concat('city ', CAST(id % 10 AS STRING)) AS city FROM range(0, 97, 1, 1);
SELECT count(*), sum(visits.page), sum(kind), sum(id) FROM visits JOIN pages ON visits.page = pages.page;
SELECT count(*), sum(kind), sum(seen) FROM visits JOIN pages ON visits.page = pages.page WHERE s = 'text 3';
SELECT count(*), sum(kind), sum(visits.page), min(s), max(s) FROM visits JOIN pages ON visits.page = pages.page WHERE seen < 3000;
SELECT city, count(*), sum(kind), sum(visits.page), sum(d) FROM visits JOIN pages ON visits.page = pages.page JOIN shops ON visits.shop = shops.shop WHERE seen % 1000 = 7 GROUP BY city ORDER BY city;
SELECT city, visits.shop, count(*), sum(d) FROM visits JOIN pages ON visits.page = pages.page JOIN shops ON visits.shop = shops.shop WHERE kind = 5 AND city = 'city 3' GROUP BY city, visits.shop ORDER BY visits.shop;
SELECT visits.page, count(*), sum(visits.shop) FROM visits JOIN pages ON visits.page = pages.page JOIN shops ON visits.shop = shops.shop WHERE visits.page IN (17, 4017) AND visits.shop > 90 GROUP BY visits.page ORDER BY 1;
SELECT count(*), sum(visits.page) FROM visits WHERE page IN (SELECT page FROM pages) AND shop IN (SELECT shop FROM shops WHERE city <> 'city 0') AND s LIKE '%7';
SELECT count(*), count(kind), sum(visits.page) FROM visits LEFT JOIN pages ON visits.page = pages.page AND kind > 10 WHERE d < 20;
DROP TABLE visits;
DROP TABLE pages;
DROP TABLE shops;
