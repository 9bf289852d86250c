#!/usr/bin/env python3
"""Filters, groups and sorts of strings, over page views with URL-like values that are made here.

    python3 benches/peers/strings.py --rows 10000000

Regular expressions have a function of another name in some engines; the texts are the same otherwise.
"""

import sys

import generated
from runner import Query, Table, Workload, main, make_once, scratch

HOSTS = ["search.example.com", "news.example.org", "shop.example.net", "maps.example.com", "mail.example.com", "video.example.tv",
         "wiki.example.org", "forum.example.net", "weather.example.info", "travel.example.com", "music.example.fm", "games.example.io"]
WORDS = ["spring", "cheap", "garden", "guide", "bicycle", "london", "recipe", "market", "review", "winter", "photo", "camera", "ticket",
         "summer", "history", "green", "museum", "river", "coffee", "laptop"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148", "curl/8.9.1", "Crawler/2.1 (+http://crawler.example.com/bot.html)"]


def tables_sql(rows):
    def one_of(values, index):
        return "[" + ", ".join(f"'{value}'" for value in values) + f"][1 + ({index}) % {len(values)}]"

    word = lambda seed: one_of(WORDS, f"skewed(i, {seed}, 1000)")
    host = lambda seed: one_of(HOSTS, f"skewed(i, {seed}, 48)")
    url = f"""'https://' || {host(31)} || '/' || {word(33)} || '/' || {word(35)} || '-' || {word(37)} || '?id=' || skewed(i, 39, {max(10, rows // 5)})
        || CASE WHEN pick(i, 41, 4) = 0 THEN '&ref=' || {word(42)} ELSE '' END"""
    phrase = f"CASE WHEN pick(i, 51, 3) = 0 THEN {word(52)} || ' ' || {word(54)} || ' ' || pick(i, 56, 5000) ELSE '' END"
    return {
        "views": f"""SELECT i::BIGINT AS id, {url} AS url, CASE WHEN pick(i, 61, 5) > 0 THEN 'http://' || {host(62)} || '/' || {word(64)} END AS referrer,
            {phrase} AS phrase, {one_of(AGENTS, 'skewed(i, 71, 25)')} AS agent, 'user-' || lpad(skewed(i, 73, {max(10, rows // 20)})::VARCHAR, 9, '0') AS visitor,
            pick(i, 75, 30)::INT AS day, pick(i, 76, 60000)::INT AS duration FROM range({rows}) t(i)"""
    }


def regex(text):
    """A query with REGEX(column, pattern), in the engines' spellings."""
    return Query(text.replace("REGEX(", "regexp_like("), {"duckdb": text.replace("REGEX(", "regexp_matches(")})


QUERIES = {
    "string01_contains": Query("SELECT count(*) AS n FROM views WHERE url LIKE '%coffee%'"),
    "string02_contains_in_order": Query("SELECT count(*) AS n, sum(duration) AS total FROM views WHERE url LIKE '%garden%ref=%'"),
    "string03_prefix": Query("SELECT day, count(*) AS n FROM views WHERE url LIKE 'https://maps.%' GROUP BY day"),
    "string04_suffix_or_not": Query("SELECT count(*) AS n FROM views WHERE url LIKE '%ref=river' AND agent NOT LIKE '%Crawler%'"),
    "string05_equal": Query("SELECT count(*) AS n, count(DISTINCT visitor) AS visitors FROM views WHERE agent = 'curl/8.9.1' AND phrase <> ''"),
    "string06_regex": regex("SELECT count(*) AS n FROM views WHERE REGEX(url, 'id=[0-9]*77(&|$)')"),
    "string07_regex_alternatives": regex("SELECT day, count(*) AS n FROM views WHERE REGEX(phrase, '^(winter|summer) [a-m]') GROUP BY day"),
    "string08_group_by_substring": Query("SELECT substr(url, 9, 12) AS host, count(*) AS n, avg(CAST(duration AS DOUBLE)) AS mean FROM views GROUP BY substr(url, 9, 12)"),
    "string09_group_by_short": Query("SELECT agent, count(*) AS n, max(duration) AS most FROM views GROUP BY agent"),
    "string10_group_by_long": Query("SELECT url, count(*) AS n FROM views GROUP BY url ORDER BY n DESC, url LIMIT 10"),
    "string11_two_strings": Query("SELECT phrase, agent, count(*) AS n FROM views WHERE phrase <> '' GROUP BY phrase, agent ORDER BY n DESC, phrase, agent LIMIT 10"),
    "string12_count_distinct": Query("SELECT count(DISTINCT url) AS urls, count(DISTINCT visitor) AS visitors FROM views"),
    "string13_distinct_by_day": Query("SELECT day, count(DISTINCT visitor) AS visitors, count(DISTINCT referrer) AS referrers FROM views GROUP BY day"),
    "string14_top_by_text": Query("SELECT url, id FROM views WHERE phrase <> '' ORDER BY url, id LIMIT 10"),
    "string15_lengths_and_cases": Query("SELECT lower(agent) AS agent, sum(length(url)) AS letters, min(phrase) AS first, max(url) AS last FROM views GROUP BY lower(agent)"),
    "string16_replace_and_concat": Query("SELECT concat(substr(visitor, 1, 8), '*') AS mask, count(*) AS n FROM views WHERE replace(url, 'https', 'http') LIKE 'http://wiki%' GROUP BY concat(substr(visitor, 1, 8), '*')"),
    "string17_join_on_strings": Query("SELECT count(*) AS n FROM views AS v JOIN (SELECT visitor, min(day) AS first FROM views WHERE agent LIKE 'curl%' GROUP BY visitor) AS c ON v.visitor = c.visitor WHERE v.day > c.first"),
}


def folder(options):
    return scratch(options, f"strings-{options.rows}")


def make(options):
    make_once(folder(options), lambda into: generated.write(into, tables_sql(options.rows), options.threads))


if __name__ == "__main__":
    sys.exit(main(Workload(
        "Strings",
        lambda options: {"views": Table(folder(options) / "views.parquet")},
        lambda options: QUERIES,
        make,
        lambda parser: parser.add_argument("--rows", type=int, default=10_000_000),
        lambda options: f", {options.rows:,} page views",
    )))
