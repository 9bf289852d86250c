-- Join keys of up to 12, 13 to 15 and more bytes, beside longer ones, NULL and the empty string.
CREATE TEMPORARY VIEW short AS SELECT * FROM VALUES ('', 0), ('a', 1), ('twelve bytes', 2), (NULL, 3), ('ä', 4) AS t(k, n);
CREATE TEMPORARY VIEW middling AS SELECT * FROM VALUES ('', 0), ('a', 1), ('twelve bytes', 2), ('thirteen byte', 3), ('fourteen bytes', 4), ('fifteen bytes !', 5), (NULL, 6), ('fifteen bytes ?', 7) AS t(k, n);
CREATE TEMPORARY VIEW long AS SELECT * FROM VALUES ('sixteen bytes ..', 0), ('sixteen bytes .!', 1), ('a', 2), ('fifteen bytes !', 3), ('fourteen bytes', 4), ('thirteen byte', 5), ('thirteen bytf', 6), (NULL, 7), ('', 8), ('twelve bytes', 9), ('fifteen bytes !!', 10), ('fifteen bytes !', 11) AS t(k, n);
SELECT s.k, s.n, m.n FROM short s JOIN middling m ON s.k = m.k ORDER BY s.n;
SELECT m.k, m.n, l.n FROM middling m JOIN long l ON m.k = l.k ORDER BY m.n, l.n;
SELECT /*+ BROADCAST(m) */ m.k, m.n, l.n FROM long l JOIN middling m ON m.k = l.k ORDER BY m.n, l.n;
SELECT /*+ BROADCAST(l) */ m.k, m.n, l.n FROM long l JOIN middling m ON m.k = l.k ORDER BY m.n, l.n;
SELECT l.k, l.n, m.n FROM long l LEFT JOIN middling m ON m.k = l.k ORDER BY l.n, m.n;
SELECT m.k, m.n, l.n FROM long l RIGHT JOIN middling m ON m.k = l.k ORDER BY m.n, l.n;
SELECT l.k, l.n FROM long l LEFT ANTI JOIN middling m ON m.k = l.k ORDER BY l.n;
SELECT l.k, l.n FROM long l LEFT SEMI JOIN middling m ON m.k = l.k ORDER BY l.n;
SELECT l.n, m.n FROM long l FULL JOIN middling m ON m.k <=> l.k ORDER BY l.n, m.n;
SELECT n FROM long WHERE k NOT IN (SELECT k FROM middling WHERE k IS NOT NULL) ORDER BY n;
SELECT m.n, l.n FROM middling m JOIN long l ON m.k = l.k AND m.n = l.n ORDER BY 1;
-- Least and greatest of strings that begin alike, are prefixes of one another, or have bytes of the upper half.
CREATE TEMPORARY VIEW words AS SELECT * FROM VALUES (1, 'http://b'), (1, 'http://a'), (1, 'http://aa'), (1, 'http'), (2, 'a'), (2, 'ab'), (2, ''), (2, 'aé'), (2, 'aa'), (3, 'ÿ'), (3, 'z'), (3, 'zz'), (3, NULL), (4, NULL), (5, '🦀'), (5, 'Ａ'), (5, 'zzzz'), (5, 'zzz') AS t(g, w);
SELECT g, min(w), max(w), min(w) FILTER (WHERE length(w) > 2) AS some FROM words GROUP BY g ORDER BY g;
SELECT min(w), max(w) FROM words;
SELECT g, hex(min(CAST(w AS BINARY))), hex(max(CAST(w AS BINARY))) FROM words GROUP BY g ORDER BY g;
SELECT min(b), max(b) FROM VALUES (CAST('ab' AS BINARY)), (X'6162'), (X'616200'), (X'61620000'), (X'6161FF') AS t(b);
-- Characters and bytes.
SELECT w, length(w), octet_length(w), char_length(repeat(w, 7)) FROM words ORDER BY g, w;
