#!/usr/bin/env python3
"""A retail chain's star schema, in the style of TPC-DS, with tables and queries of our own.

    python3 benches/peers/star.py --scale 10

    day ─┐         ┌─ article           sales     3 million rows x scale
    shop ├─ sales ─┤                    returns   a tenth of them
    promotion ─┘   └─ customer          stock     shops x a third of the articles x weeks

Star joins under several dimension filters, rollups and grouping sets, windows over aggregates, chains of CTEs, semi and
anti joins, joins of facts. One SQL text for all engines: where they differ (the place of NULLs, division of whole
numbers) the texts say what is meant.
"""

import sys

import generated
from runner import Query, Table, Workload, main, make_once, scratch

NAMES = ["day", "shop", "article", "customer", "promotion", "sales", "returns", "stock"]


def tables_sql(scale):
    """SELECTs that make the tables."""
    sales = int(3_000_000 * scale)
    shops = max(20, int(100 * scale**0.5))
    articles = max(500, int(20_000 * scale**0.5))
    customers = max(1_000, int(100_000 * scale))
    days = 3653
    chosen = {
        "region": ["north", "east", "south", "west", "centre"],
        "format": ["kiosk", "market", "super", "hyper"],
        "category": ["Books", "Music", "Garden", "Sports", "Toys", "Home", "Shoes", "Electronics", "Jewelry", "Food"],
        "colour": ["red", "blue", "green", "black", "white", "grey", "amber", "olive", "pink", "teal"],
        "segment": ["student", "family", "single", "senior", "business"],
        "channel": ["mail", "radio", "web", "press", "none"],
        "reason": ["damaged", "late", "wrong size", "unwanted", "other"],
    }

    def one_of(kind, index):
        values = ", ".join(f"'{value}'" for value in chosen[kind])
        return f"[{values}][1 + ({index}) % {len(chosen[kind])}]"

    return {
        "day": f"""SELECT i::INT AS d_key, DATE '2015-01-01' + i::INT AS d_date, year(DATE '2015-01-01' + i::INT)::INT AS d_year,
            quarter(DATE '2015-01-01' + i::INT)::INT AS d_quarter, month(DATE '2015-01-01' + i::INT)::INT AS d_month,
            isodow(DATE '2015-01-01' + i::INT)::INT AS d_weekday, (i % 29 = 0)::INT AS d_holiday,
            (i // 7)::INT AS d_week FROM range({days}) t(i)""",
        "shop": f"""SELECT i::INT AS s_key, 'shop ' || i AS s_name, 'city ' || (i % {max(5, shops // 4)}) AS s_city,
            {one_of('region', f'i % {max(5, shops // 4)}')} AS s_region, {one_of('format', 'pick(i, 3, 97)')} AS s_format,
            (200 + pick(i, 4, 5000))::INT AS s_area FROM range({shops}) t(i)""",
        "article": f"""SELECT i::INT AS a_key, 'article ' || i AS a_name, 'brand ' || pick(i, 11, 400) AS a_brand,
            {one_of('category', 'pick(i, 12, 1000)')} AS a_category, ('class ' || pick(i, 13, 50)) AS a_class,
            {one_of('colour', 'pick(i, 14, 1000)')} AS a_colour,
            ((99 + pick(i, 15, 49900)) / 100.0)::DECIMAL(9,2) AS a_price FROM range({articles}) t(i)""",
        "customer": f"""SELECT i::INT AS c_key, 'customer ' || i AS c_name, (1930 + pick(i, 21, 80))::INT AS c_birth_year,
            {one_of('segment', 'pick(i, 22, 1000)')} AS c_segment, 'city ' || pick(i, 23, 300) AS c_city,
            'country ' || skewed(i, 24, 40) AS c_country, (1 + pick(i, 26, 10))::INT AS c_income FROM range({customers}) t(i)""",
        "promotion": f"""SELECT i::INT AS p_key, {one_of('channel', 'i')} AS p_channel, 'kind ' || (i % 7) AS p_kind,
            (5 * (i % 9))::INT AS p_percent FROM range(300) t(i)""",
        "sales": f"""SELECT (i * {days} // {sales})::INT AS day, pick(i // 3, 31, {shops})::INT AS shop,
            skewed(i, 32, {articles})::INT AS article,
            CASE WHEN pick(i // 3, 34, 20) > 0 THEN skewed(i // 3, 35, {customers})::INT END AS customer,
            CASE WHEN pick(i, 37, 3) = 0 THEN pick(i, 38, 300)::INT END AS promotion, (i // 3)::BIGINT AS ticket,
            (1 + skewed(i, 39, 12))::INT AS quantity,
            ((99 + pick(i, 41, 49900)) / 100.0)::DECIMAL(9,2) AS price,
            (pick(i, 42, 30) / 100.0)::DECIMAL(4,2) AS discount,
            ((50 + pick(i, 43, 30000)) / 100.0)::DECIMAL(9,2) AS cost FROM range({sales}) t(i)""",
        "returns": f"""SELECT least({days - 1}, i * {days} // {sales} + 1 + pick(i, 51, 30))::INT AS day,
            pick(i // 3, 31, {shops})::INT AS shop, skewed(i, 32, {articles})::INT AS article, (i // 3)::BIGINT AS ticket,
            1::INT AS quantity, ((99 + pick(i, 41, 49900)) / 100.0)::DECIMAL(9,2) AS refund,
            {one_of('reason', 'pick(i, 52, 1000)')} AS reason FROM range({sales}) t(i) WHERE pick(i, 53, 10) = 0""",
        "stock": f"""SELECT (7 * week)::INT AS day, shop::INT AS shop, (3 * article)::INT AS article,
            pick(week * 7919 + shop * 104729 + article, 61, 60)::INT AS on_hand
            FROM range(0, {days // 7}, 4) w(week), range({shops}) s(shop), range({articles // 3}) a(article)
            WHERE pick(week * 31 + shop * 17 + article, 62, 8) = 0""",
    }


REVENUE = "quantity * price * (1 - discount)"

QUERIES = {
    "star01_three_dimensions": f"""
        SELECT a_brand, sum({REVENUE}) AS revenue, count(*) AS n
        FROM sales JOIN day ON day = d_key JOIN article ON article = a_key JOIN shop ON shop = s_key
        WHERE d_year = 2021 AND d_month = 11 AND a_category = 'Electronics' AND s_region = 'north'
        GROUP BY a_brand ORDER BY revenue DESC, a_brand""",
    "star02_means_under_promotions": """
        SELECT a_category, avg(CAST(quantity AS DOUBLE)) AS quantity, avg(CAST(price AS DOUBLE)) AS price, avg(CAST(discount AS DOUBLE)) AS discount
        FROM sales JOIN customer ON customer = c_key JOIN promotion ON promotion = p_key
            JOIN day ON day = d_key JOIN article ON article = a_key
        WHERE c_segment = 'student' AND c_income < 4 AND p_channel IN ('web', 'mail') AND d_year = 2020
        GROUP BY a_category ORDER BY a_category""",
    "star03_share_of_the_month": f"""
        SELECT d_month, a_category, revenue, revenue * 100.0 / sum(revenue) OVER (PARTITION BY d_month) AS share
        FROM (SELECT d_month, a_category, CAST(sum({REVENUE}) AS DOUBLE) AS revenue
              FROM sales JOIN day ON day = d_key JOIN article ON article = a_key
              WHERE d_year = 2022 GROUP BY d_month, a_category) AS m
        ORDER BY d_month, a_category""",
    "star04_year_over_year": f"""
        WITH yearly AS (
            SELECT a_brand, d_year, CAST(sum({REVENUE}) AS DOUBLE) AS revenue
            FROM sales JOIN day ON day = d_key JOIN article ON article = a_key
            WHERE d_year IN (2022, 2023) GROUP BY a_brand, d_year),
        earlier AS (SELECT a_brand, revenue FROM yearly WHERE d_year = 2022),
        later AS (SELECT a_brand, revenue FROM yearly WHERE d_year = 2023)
        SELECT e.a_brand, e.revenue AS before, l.revenue AS after, l.revenue / e.revenue AS growth
        FROM earlier AS e JOIN later AS l ON e.a_brand = l.a_brand
        WHERE l.revenue > e.revenue""",
    "star05_rollup": f"""
        SELECT s_region, s_city, s_format, sum({REVENUE}) AS revenue, count(*) AS n
        FROM sales JOIN shop ON shop = s_key JOIN day ON day = d_key
        WHERE d_year BETWEEN 2019 AND 2021 GROUP BY ROLLUP (s_region, s_city, s_format)""",
    "star06_best_of_each_category": f"""
        SELECT a_category, a_key, revenue, place FROM (
            SELECT a_category, a_key, revenue, rank() OVER (PARTITION BY a_category ORDER BY revenue DESC) AS place
            FROM (SELECT a_category, a_key, sum({REVENUE}) AS revenue
                  FROM sales JOIN article ON article = a_key JOIN day ON day = d_key
                  WHERE d_quarter = 4 GROUP BY a_category, a_key) AS totals) AS ranked
        WHERE place <= 10""",
    "star07_customers_in_two_years": """
        WITH first AS (SELECT DISTINCT customer FROM sales JOIN day ON day = d_key WHERE d_year = 2018 AND customer IS NOT NULL),
        second AS (SELECT DISTINCT customer FROM sales JOIN day ON day = d_key WHERE d_year = 2024 AND customer IS NOT NULL)
        SELECT c_country, c_segment, count(*) AS n
        FROM customer JOIN first AS f ON c_key = f.customer JOIN second AS s ON c_key = s.customer
        GROUP BY c_country, c_segment""",
    "star08_returns_by_reason": """
        SELECT a_category, reason, count(*) AS n, sum(refund) AS refund, sum(s.quantity * s.price * (1 - s.discount)) AS sold
        FROM returns AS r JOIN sales AS s ON r.ticket = s.ticket AND r.article = s.article
            JOIN article ON s.article = a_key
        WHERE r.day >= 2500 GROUP BY a_category, reason ORDER BY a_category, reason""",
    "star09_weekdays_as_columns": f"""
        SELECT s_name,
            sum(CASE WHEN d_weekday = 1 THEN {REVENUE} ELSE 0 END) AS monday, sum(CASE WHEN d_weekday = 2 THEN {REVENUE} ELSE 0 END) AS tuesday,
            sum(CASE WHEN d_weekday = 3 THEN {REVENUE} ELSE 0 END) AS wednesday, sum(CASE WHEN d_weekday = 4 THEN {REVENUE} ELSE 0 END) AS thursday,
            sum(CASE WHEN d_weekday = 5 THEN {REVENUE} ELSE 0 END) AS friday, sum(CASE WHEN d_weekday >= 6 THEN {REVENUE} ELSE 0 END) AS weekend
        FROM sales JOIN day ON day = d_key JOIN shop ON shop = s_key
        WHERE d_year = 2023 GROUP BY s_name ORDER BY s_name""",
    "star10_moving_mean": f"""
        SELECT s_region, day, revenue, avg(revenue) OVER (PARTITION BY s_region ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS smooth
        FROM (SELECT s_region, day, CAST(sum({REVENUE}) AS DOUBLE) AS revenue
              FROM sales JOIN shop ON shop = s_key GROUP BY s_region, day) AS daily""",
    "star11_above_the_mean": f"""
        WITH spent AS (SELECT customer, shop, sum({REVENUE}) AS total FROM sales JOIN day ON day = d_key
                       WHERE d_year = 2021 AND customer IS NOT NULL GROUP BY customer, shop),
        means AS (SELECT shop, avg(CAST(total AS DOUBLE)) * 1.5 AS bound FROM spent GROUP BY shop)
        SELECT s_region, c_segment, count(*) AS n, sum(total) AS total
        FROM spent AS t JOIN means AS m ON t.shop = m.shop JOIN shop ON t.shop = s_key JOIN customer ON customer = c_key
        WHERE CAST(total AS DOUBLE) > bound GROUP BY s_region, c_segment""",
    "star12_net_of_returns": f"""
        WITH moves AS (
            SELECT shop, day, {REVENUE} AS amount, 1 AS sold, 0 AS returned FROM sales
            UNION ALL
            SELECT shop, day, 0 - CAST(refund AS DECIMAL(9,2)) AS amount, 0 AS sold, 1 AS returned FROM returns)
        SELECT s_region, d_year, CAST(sum(amount) AS DOUBLE) AS net, sum(sold) AS sold, sum(returned) AS returned
        FROM moves JOIN shop ON shop = s_key JOIN day ON day = d_key
        GROUP BY s_region, d_year""",
    "star13_cumulative_share": f"""
        SELECT a_category, a_brand, revenue,
            sum(revenue) OVER (PARTITION BY a_category ORDER BY revenue DESC, a_brand ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running
        FROM (SELECT a_category, a_brand, CAST(sum({REVENUE}) AS DOUBLE) AS revenue
              FROM sales JOIN article ON article = a_key GROUP BY a_category, a_brand) AS totals""",
    "star14_lost_customers": """
        SELECT c_country, count(*) AS n, avg(CAST(c_birth_year AS DOUBLE)) AS born FROM customer
        WHERE c_key IN (SELECT customer FROM sales JOIN day ON day = d_key WHERE d_year = 2022 AND customer IS NOT NULL)
          AND c_key NOT IN (SELECT customer FROM sales JOIN day ON day = d_key WHERE d_year = 2023 AND customer IS NOT NULL)
        GROUP BY c_country""",
    "star15_bands_and_distinct_counts": """
        SELECT CASE WHEN price < 50 THEN 'low' WHEN price < 200 THEN 'middle' ELSE 'high' END AS band,
            count(*) AS n, count(DISTINCT customer) AS customers, count(DISTINCT article) AS articles, count(DISTINCT shop) AS shops
        FROM sales JOIN day ON day = d_key WHERE d_year = 2020
        GROUP BY CASE WHEN price < 50 THEN 'low' WHEN price < 200 THEN 'middle' ELSE 'high' END""",
    "star16_chain_of_ctes": f"""
        WITH weeks AS (SELECT d_week, d_key FROM day WHERE d_year = 2024),
        sold AS (SELECT d_week, shop, sum({REVENUE}) AS revenue, count(*) AS n FROM sales JOIN weeks ON day = d_key GROUP BY d_week, shop),
        back AS (SELECT d_week, shop, sum(refund) AS refund FROM returns JOIN weeks ON day = d_key GROUP BY d_week, shop),
        both_ways AS (SELECT s.d_week, s.shop, s.n, CAST(s.revenue AS DOUBLE) AS revenue, CAST(coalesce(b.refund, 0) AS DOUBLE) AS refund
                      FROM sold AS s LEFT JOIN back AS b ON s.d_week = b.d_week AND s.shop = b.shop),
        ranked AS (SELECT d_week, shop, n, revenue - refund AS net, row_number() OVER (PARTITION BY d_week ORDER BY revenue - refund DESC, shop) AS place FROM both_ways)
        SELECT s_region, s_format, count(*) AS weeks, sum(net) AS net, max(n) AS most
        FROM ranked JOIN shop ON shop = s_key WHERE place <= 5 GROUP BY s_region, s_format""",
    "star17_running_out": """
        SELECT s_region, a_category, count(*) AS n, sum(sold) AS sold, sum(on_hand) AS on_hand
        FROM stock AS k JOIN (SELECT shop, article, sum(quantity) AS sold FROM sales WHERE day >= 3500 GROUP BY shop, article) AS s
            ON k.shop = s.shop AND k.article = s.article
            JOIN shop ON k.shop = s_key JOIN article ON k.article = a_key
        WHERE k.day >= 3500 AND on_hand < sold GROUP BY s_region, a_category""",
    "star18_change_by_month": f"""
        SELECT a_brand, d_year, d_month, revenue, revenue - lag(revenue) OVER (PARTITION BY a_brand ORDER BY d_year, d_month) AS change
        FROM (SELECT a_brand, d_year, d_month, CAST(sum({REVENUE}) AS DOUBLE) AS revenue
              FROM sales JOIN day ON day = d_key JOIN article ON article = a_key
              WHERE a_category IN ('Toys', 'Sports') GROUP BY a_brand, d_year, d_month) AS monthly""",
    "star19_first_purchases": f"""
        WITH first AS (SELECT customer, min(day) AS since FROM sales WHERE customer IS NOT NULL GROUP BY customer),
        spent AS (SELECT f.since, s.day, {REVENUE} AS amount FROM sales AS s JOIN first AS f ON s.customer = f.customer)
        SELECT d_year, CAST(floor((day - since) / 365.0) AS INT) AS years, count(*) AS n, CAST(sum(amount) AS DOUBLE) AS revenue
        FROM spent JOIN day ON since = d_key GROUP BY d_year, CAST(floor((day - since) / 365.0) AS INT)""",
    "star20_grouping_sets": """
        SELECT c_segment, p_channel, a_colour, count(*) AS n, sum(quantity) AS quantity
        FROM sales JOIN customer ON customer = c_key JOIN promotion ON promotion = p_key JOIN article ON article = a_key
        GROUP BY GROUPING SETS ((c_segment, p_channel), (c_segment, a_colour), (p_channel), ())""",
}


def folder(options):
    return scratch(options, f"star-{options.scale:g}")


def make(options):
    make_once(folder(options), lambda into: generated.write(into, tables_sql(options.scale), options.threads))


if __name__ == "__main__":
    sys.exit(main(Workload(
        "Star schema",
        lambda options: {name: Table(folder(options) / f"{name}.parquet") for name in NAMES},
        lambda options: {name: Query(text) for name, text in QUERIES.items()},
        make,
        lambda parser: parser.add_argument("--scale", type=float, default=1.0, help="3 million sales each"),
        lambda options: f", scale {options.scale:g} ({3 * options.scale:g} million sales)",
    )))
