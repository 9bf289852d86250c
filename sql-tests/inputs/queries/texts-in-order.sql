-- The first and the last of texts that begin alike, and what decides between them; views of many batches.
CREATE TEMPORARY VIEW pages AS SELECT id, concat('https://example.org/page/', CAST(id * 7919 % 30011 AS STRING)) AS url, CASE WHEN id % 5 = 0 THEN NULL WHEN id % 5 = 1 THEN '' WHEN id % 5 = 2 THEN concat('wörd ', CAST(id * 31 % 1009 AS STRING)) WHEN id % 5 = 3 THEN concat('https://', CAST(id % 97 AS STRING)) ELSE concat('https://example.org/ünder/', CAST(id % 101 AS STRING)) END AS text, id % 3 AS third FROM range(60000);
-- Bounded by a text: each direction, NULL at each end, other keys behind it.
SELECT url, id FROM pages ORDER BY url, id LIMIT 5;
SELECT url, id FROM pages ORDER BY url DESC, id LIMIT 5;
SELECT url, id FROM pages ORDER BY url, id DESC LIMIT 3 OFFSET 4;
SELECT text, id FROM pages ORDER BY text, id LIMIT 4;
SELECT text, id FROM pages ORDER BY text DESC, id LIMIT 4;
SELECT text, id FROM pages WHERE text > '' ORDER BY text, id LIMIT 4;
SELECT text, id FROM pages ORDER BY text NULLS LAST, id DESC LIMIT 4;
SELECT text, id FROM pages ORDER BY text DESC NULLS FIRST, id DESC LIMIT 4;
SELECT text, id FROM pages WHERE text IS NULL OR text > 'w' ORDER BY text NULLS LAST, id LIMIT 3 OFFSET 11999;
SELECT text, id FROM pages WHERE text IS NULL OR text > 'w' ORDER BY text DESC NULLS LAST, id LIMIT 3 OFFSET 11999;
-- Fewer rows than are wanted that are not NULL.
SELECT text, id FROM pages WHERE id < 20000 AND (text IS NULL OR id = 17777) ORDER BY text NULLS LAST, id LIMIT 3;
-- The text is not the first key, or one of all that are the same.
SELECT third, text, id FROM pages ORDER BY third DESC, text DESC, id LIMIT 4;
SELECT substr(url, 1, 20) AS same, id FROM pages ORDER BY same, id DESC LIMIT 3;
SELECT substr(url, 1, 20) AS same, text, id FROM pages ORDER BY same DESC, text DESC, id LIMIT 3;
-- The beginning of another, zero characters and letters of several bytes.
SELECT t, id FROM (SELECT concat('begin', repeat(decode(unhex('00'), 'UTF-8'), CAST(id % 4 AS INT))) AS t, id FROM range(30000)) ORDER BY t DESC, id LIMIT 3;
SELECT hex(t), id FROM (SELECT concat(substr('äöüß漢😀', CAST(id % 6 + 1 AS INT), 1), 'and the rest') AS t, id FROM range(30000)) ORDER BY t DESC, id LIMIT 3;
SELECT hex(t), id FROM (SELECT concat(substr('äöüß漢😀', CAST(id % 6 + 1 AS INT), 1), 'and the rest') AS t, id FROM range(30000)) ORDER BY t, id LIMIT 3;
-- Least and greatest, short and long, alike as far as four and twelve bytes.
SELECT min(url), max(url), min(text), max(text), min(nullif(text, '')), min(substr(text, 1, 12)), max(substr(text, 1, 12)) FROM pages;
SELECT third, min(url), max(url), min(text), max(text), min(nullif(text, '')), min(substr(text, 1, 12)), max(substr(text, 1, 13)) FROM pages GROUP BY third ORDER BY third;
SELECT g, min(t), max(t) FROM VALUES (1, 'http'), (1, 'http:'), (1, 'https://long enough'), (1, 'htt'), (2, 'twelve bytes'), (2, 'twelve bytes!'), (2, 'twelve byte'), (3, ''), (3, NULL), (4, NULL), (5, 'a text of many bytes, b'), (5, 'a text of many bytes, a') AS v(g, t) GROUP BY g ORDER BY g;
SELECT hex(min(t)), hex(max(t)) FROM (SELECT concat('zero', repeat(decode(unhex('00'), 'UTF-8'), CAST(id % 3 AS INT))) AS t FROM range(10));
SELECT hex(min(b)), hex(max(b)) FROM VALUES (x'ff'), (x'00'), (x''), (x'ff00'), (x'fffefdfcfbfaf9f8f7f6f5f4f3f2f1'), (x'fffefdfcfbfaf9f8f7f6f5f4f3f2f0') AS v(b);
-- Lengths in characters.
SELECT third, sum(length(url)), sum(length(text)), sum(octet_length(text)), sum(length(concat(text, '漢字'))) FROM pages GROUP BY third ORDER BY third;
SELECT length('ünïcödé'), length(''), length(NULL), length(x'c3a4'), length('😀 and a text that is longer');
-- Ends of texts, shorter and longer than eight bytes.
SELECT count_if(url LIKE '%7'), count_if(url LIKE '%page/77'), count_if(url LIKE '%/page/777'), count_if(text LIKE '%ünder/7'), count_if(text LIKE '%'), count_if(text LIKE '%https://9'), count_if(NOT text LIKE '%org/ünder/99') FROM pages;
