//! The words of SQL that are completed and coloured, and where words lie in a text.

/// Keywords that people type.
const KEYWORDS: &str = "ADD ALL ALTER ANALYZE AND ANTI ARRAY AS ASC BERNOULLI BETWEEN BIGINT BINARY BOOLEAN BY CACHE CASE \
    CAST CLEAR COLUMN COLUMNS COMMENT CREATE CROSS CUBE CURRENT DATABASE DATABASES DATE DAY DECIMAL DECLARE DELETE DESC \
    DESCRIBE DISTINCT DIV DOUBLE DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXPLAIN EXTENDED EXTRACT FALSE FILTER FIRST \
    FLOAT FOLLOWING FORMATTED FROM FULL FUNCTION FUNCTIONS GLOBAL GROUP GROUPING HAVING HOUR IF ILIKE IMMEDIATE IN INNER \
    INSERT INT INTERSECT INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT MAP MINUS MINUTE MONTH NATURAL NOT NULL NULLS \
    OFFSET ON OPTIONS OR ORDER OUTER OVER OVERWRITE PARTITION PIVOT PRECEDING QUALIFY RANGE RECURSIVE REFRESH REGEXP \
    REPLACE RESET RIGHT RLIKE ROLLUP ROW ROWS SCHEMA SCHEMAS SECOND SELECT SEMI SET SETS SHOW SMALLINT SORT STRING STRUCT \
    TABLE TABLES TABLESAMPLE TEMPORARY THEN TIMESTAMP TINYINT TO TRUE TRUNCATE UNBOUNDED UNCACHE UNION UNPIVOT USE USING \
    VALUES VIEW VIEWS WHEN WHERE WINDOW WITH WITHIN YEAR";

/// All keywords, in capitals.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.split(' ')
}

/// Whether a word is a keyword, in any case.
pub fn is_keyword(word: &str) -> bool {
    keywords().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// Whether a character may stand in a word.
pub fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of a text.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !in_word(c)).filter(|word| !word.is_empty())
}
