"""The 22 TPC-H queries in Polars' lazy API.

Polars' SQL knows no correlated subqueries, so each is written here as its users write it: the joins in an order
that a person would choose, subqueries as aggregates joined back. Every function takes the eight tables by name,
as lazy frames, and gives a lazy frame with the columns of the SQL text, in its order. Money is DECIMAL(15,2) in
the files; ratios are computed in floating point.
"""

from datetime import date

from polars import col, len as count_rows, when

ONE_YEAR_1994 = col("l_shipdate").is_between(date(1994, 1, 1), date(1994, 12, 31))


def revenue():
    return col("l_extendedprice") * (1 - col("l_discount"))


def q01(t):
    return (
        t["lineitem"]
        .filter(col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            col("l_quantity").sum().alias("sum_qty"),
            col("l_extendedprice").sum().alias("sum_base_price"),
            revenue().sum().alias("sum_disc_price"),
            (revenue() * (1 + col("l_tax"))).sum().alias("sum_charge"),
            col("l_quantity").mean().alias("avg_qty"),
            col("l_extendedprice").mean().alias("avg_price"),
            col("l_discount").mean().alias("avg_disc"),
            count_rows().alias("count_order"),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q02(t):
    european = (
        t["partsupp"]
        .join(t["supplier"], left_on="ps_suppkey", right_on="s_suppkey")
        .join(t["nation"], left_on="s_nationkey", right_on="n_nationkey")
        .join(t["region"].filter(col("r_name") == "EUROPE"), left_on="n_regionkey", right_on="r_regionkey")
    )
    offers = european.join(
        t["part"].filter((col("p_size") == 15) & col("p_type").str.ends_with("BRASS")),
        left_on="ps_partkey",
        right_on="p_partkey",
    )
    cheapest = offers.group_by("ps_partkey").agg(col("ps_supplycost").min())
    return (
        offers.join(cheapest, on=["ps_partkey", "ps_supplycost"])
        .select("s_acctbal", "s_name", "n_name", col("ps_partkey").alias("p_partkey"), "p_mfgr", "s_address", "s_phone", "s_comment")
        .sort("s_acctbal", "n_name", "s_name", "p_partkey", descending=[True, False, False, False])
        .head(100)
    )


def q03(t):
    return (
        t["customer"]
        .filter(col("c_mktsegment") == "BUILDING")
        .join(t["orders"].filter(col("o_orderdate") < date(1995, 3, 15)), left_on="c_custkey", right_on="o_custkey")
        .join(t["lineitem"].filter(col("l_shipdate") > date(1995, 3, 15)), left_on="o_orderkey", right_on="l_orderkey")
        .group_by(col("o_orderkey").alias("l_orderkey"), "o_orderdate", "o_shippriority")
        .agg(revenue().sum().alias("revenue"))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .sort("revenue", "o_orderdate", descending=[True, False])
        .head(10)
    )


def q04(t):
    late = t["lineitem"].filter(col("l_commitdate") < col("l_receiptdate"))
    return (
        t["orders"]
        .filter(col("o_orderdate").is_between(date(1993, 7, 1), date(1993, 9, 30)))
        .join(late, left_on="o_orderkey", right_on="l_orderkey", how="semi")
        .group_by("o_orderpriority")
        .agg(count_rows().alias("order_count"))
        .sort("o_orderpriority")
    )


def q05(t):
    return (
        t["region"]
        .filter(col("r_name") == "ASIA")
        .join(t["nation"], left_on="r_regionkey", right_on="n_regionkey")
        .join(t["customer"], left_on="n_nationkey", right_on="c_nationkey")
        .join(t["orders"].filter(col("o_orderdate").is_between(date(1994, 1, 1), date(1994, 12, 31))), left_on="c_custkey", right_on="o_custkey")
        .join(t["lineitem"], left_on="o_orderkey", right_on="l_orderkey")
        .join(t["supplier"], left_on=["l_suppkey", "n_nationkey"], right_on=["s_suppkey", "s_nationkey"])
        .group_by("n_name")
        .agg(revenue().sum().alias("revenue"))
        .sort("revenue", descending=True)
    )


def q06(t):
    return (
        t["lineitem"]
        .filter(ONE_YEAR_1994 & (col("l_quantity") < 24))
        .filter(col("l_discount").cast(float).is_between(0.05 - 1e-9, 0.07 + 1e-9))
        .select((col("l_extendedprice") * col("l_discount")).sum().alias("revenue"))
    )


def q07(t):
    pair = t["nation"].filter(col("n_name").is_in(["FRANCE", "GERMANY"])).select("n_nationkey", "n_name")
    return (
        t["lineitem"]
        .filter(col("l_shipdate").is_between(date(1995, 1, 1), date(1996, 12, 31)))
        .join(t["supplier"].join(pair.rename({"n_name": "supp_nation"}), left_on="s_nationkey", right_on="n_nationkey"), left_on="l_suppkey", right_on="s_suppkey")
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(t["customer"].join(pair.rename({"n_name": "cust_nation"}), left_on="c_nationkey", right_on="n_nationkey"), left_on="o_custkey", right_on="c_custkey")
        .filter(col("supp_nation") != col("cust_nation"))
        .group_by("supp_nation", "cust_nation", col("l_shipdate").dt.year().alias("l_year"))
        .agg(revenue().sum().alias("revenue"))
        .sort("supp_nation", "cust_nation", "l_year")
    )


def q08(t):
    american = t["nation"].join(t["region"].filter(col("r_name") == "AMERICA"), left_on="n_regionkey", right_on="r_regionkey")
    return (
        t["part"]
        .filter(col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(t["orders"].filter(col("o_orderdate").is_between(date(1995, 1, 1), date(1996, 12, 31))), left_on="l_orderkey", right_on="o_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .join(american, left_on="c_nationkey", right_on="n_nationkey", how="semi")
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(t["nation"], left_on="s_nationkey", right_on="n_nationkey")
        .with_columns(revenue().cast(float).alias("volume"))
        .group_by(col("o_orderdate").dt.year().alias("o_year"))
        .agg((when(col("n_name") == "BRAZIL").then(col("volume")).otherwise(0.0).sum() / col("volume").sum()).alias("mkt_share"))
        .sort("o_year")
    )


def q09(t):
    return (
        t["part"]
        .filter(col("p_name").str.contains("green", literal=True))
        .join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(t["partsupp"], left_on=["p_partkey", "l_suppkey"], right_on=["ps_partkey", "ps_suppkey"])
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(t["nation"], left_on="s_nationkey", right_on="n_nationkey")
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .group_by(col("n_name").alias("nation"), col("o_orderdate").dt.year().alias("o_year"))
        .agg((revenue() - col("ps_supplycost") * col("l_quantity")).sum().alias("sum_profit"))
        .sort("nation", "o_year", descending=[False, True])
    )


def q10(t):
    customer = ["c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"]
    return (
        t["orders"]
        .filter(col("o_orderdate").is_between(date(1993, 10, 1), date(1993, 12, 31)))
        .join(t["lineitem"].filter(col("l_returnflag") == "R"), left_on="o_orderkey", right_on="l_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey", coalesce=False)
        .join(t["nation"], left_on="c_nationkey", right_on="n_nationkey")
        .group_by(customer)
        .agg(revenue().sum().alias("revenue"))
        .select("c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment")
        .sort("revenue", descending=True)
        .head(20)
    )


def q11(t):
    german = (
        t["partsupp"]
        .join(t["supplier"], left_on="ps_suppkey", right_on="s_suppkey")
        .join(t["nation"].filter(col("n_name") == "GERMANY"), left_on="s_nationkey", right_on="n_nationkey")
        .with_columns((col("ps_supplycost") * col("ps_availqty")).alias("value"))
    )
    threshold = german.select((col("value").sum().cast(float) * 0.0001).alias("threshold"))
    return (
        german.group_by("ps_partkey")
        .agg(col("value").sum())
        .join(threshold, how="cross")
        .filter(col("value").cast(float) > col("threshold"))
        .select("ps_partkey", "value")
        .sort("value", descending=True)
    )


def q12(t):
    urgent = col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    return (
        t["lineitem"]
        .filter(
            col("l_shipmode").is_in(["MAIL", "SHIP"])
            & (col("l_commitdate") < col("l_receiptdate"))
            & (col("l_shipdate") < col("l_commitdate"))
            & col("l_receiptdate").is_between(date(1994, 1, 1), date(1994, 12, 31))
        )
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .group_by("l_shipmode")
        .agg(urgent.sum().alias("high_line_count"), (~urgent).sum().alias("low_line_count"))
        .sort("l_shipmode")
    )


def q13(t):
    counts = (
        t["orders"]
        .filter(~col("o_comment").str.contains("special.*requests"))
        .group_by("o_custkey")
        .agg(count_rows().alias("c_count"))
    )
    return (
        t["customer"]
        .select("c_custkey")
        .join(counts, left_on="c_custkey", right_on="o_custkey", how="left")
        .group_by(col("c_count").fill_null(0))
        .agg(count_rows().alias("custdist"))
        .sort("custdist", "c_count", descending=True)
    )


def q14(t):
    volume = revenue().cast(float)
    return (
        t["lineitem"]
        .filter(col("l_shipdate").is_between(date(1995, 9, 1), date(1995, 9, 30)))
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .select((100.0 * when(col("p_type").str.starts_with("PROMO")).then(volume).otherwise(0.0).sum() / volume.sum()).alias("promo_revenue"))
    )


def q15(t):
    totals = (
        t["lineitem"]
        .filter(col("l_shipdate").is_between(date(1996, 1, 1), date(1996, 3, 31)))
        .group_by(col("l_suppkey").alias("s_suppkey"))
        .agg(revenue().sum().alias("total_revenue"))
    )
    best = totals.select(col("total_revenue").max())
    return (
        t["supplier"]
        .join(totals.join(best, on="total_revenue", how="semi"), on="s_suppkey")
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .sort("s_suppkey")
    )


def q16(t):
    complained = t["supplier"].filter(col("s_comment").str.contains("Customer.*Complaints"))
    return (
        t["part"]
        .filter(
            (col("p_brand") != "Brand#45")
            & ~col("p_type").str.starts_with("MEDIUM POLISHED")
            & col("p_size").is_in([49, 14, 23, 45, 19, 3, 36, 9])
        )
        .join(t["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(complained, left_on="ps_suppkey", right_on="s_suppkey", how="anti")
        .group_by("p_brand", "p_type", "p_size")
        .agg(col("ps_suppkey").n_unique().alias("supplier_cnt"))
        .sort("supplier_cnt", "p_brand", "p_type", "p_size", descending=[True, False, False, False])
    )


def q17(t):
    boxes = t["part"].filter((col("p_brand") == "Brand#23") & (col("p_container") == "MED BOX"))
    lines = t["lineitem"].join(boxes, left_on="l_partkey", right_on="p_partkey")
    limits = lines.group_by("l_partkey").agg((0.2 * col("l_quantity").mean()).alias("limit"))
    return (
        lines.join(limits, on="l_partkey")
        .filter(col("l_quantity").cast(float) < col("limit"))
        # The sum of no rows is NULL in SQL, 0 here.
        .select(when(count_rows() > 0).then(col("l_extendedprice").cast(float).sum() / 7.0).alias("avg_yearly"))
    )


def q18(t):
    large = t["lineitem"].group_by("l_orderkey").agg(col("l_quantity").sum().alias("sum_qty")).filter(col("sum_qty") > 300)
    return (
        t["orders"]
        .join(large, left_on="o_orderkey", right_on="l_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey", coalesce=False)
        .select("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum_qty")
        .sort("o_totalprice", "o_orderdate", descending=[True, False])
        .head(100)
    )


def q19(t):
    def like(brand, containers, low, high, size):
        return (
            (col("p_brand") == brand)
            & col("p_container").is_in(containers)
            & col("l_quantity").is_between(low, high)
            & col("p_size").is_between(1, size)
        )

    return (
        t["lineitem"]
        .filter(col("l_shipmode").is_in(["AIR", "AIR REG"]) & (col("l_shipinstruct") == "DELIVER IN PERSON"))
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .filter(
            like("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 11, 5)
            | like("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 20, 10)
            | like("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 30, 15)
        )
        .select(revenue().sum().alias("revenue"))
    )


def q20(t):
    forest = t["part"].filter(col("p_name").str.starts_with("forest"))
    shipped = (
        t["lineitem"]
        .filter(ONE_YEAR_1994)
        .join(forest, left_on="l_partkey", right_on="p_partkey", how="semi")
        .group_by("l_partkey", "l_suppkey")
        .agg((0.5 * col("l_quantity").cast(float).sum()).alias("half"))
    )
    plenty = (
        t["partsupp"]
        .join(shipped, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
        .filter(col("ps_availqty") > col("half"))
    )
    return (
        t["supplier"]
        .join(t["nation"].filter(col("n_name") == "CANADA"), left_on="s_nationkey", right_on="n_nationkey")
        .join(plenty, left_on="s_suppkey", right_on="ps_suppkey", how="semi")
        .select("s_name", "s_address")
        .sort("s_name")
    )


def q21(t):
    late = col("l_receiptdate") > col("l_commitdate")
    saudi = t["supplier"].join(t["nation"].filter(col("n_name") == "SAUDI ARABIA"), left_on="s_nationkey", right_on="n_nationkey")
    waiting = (
        t["lineitem"]
        .filter(late)
        .join(saudi, left_on="l_suppkey", right_on="s_suppkey")
        .join(t["orders"].filter(col("o_orderstatus") == "F"), left_on="l_orderkey", right_on="o_orderkey", how="semi")
        .select("l_orderkey", "s_name")
    )
    # Orders with several suppliers, of whom only one was late: least and greatest tell one from several.
    supplier, late_supplier = col("l_suppkey"), when(late).then(col("l_suppkey"))
    blamed = (
        t["lineitem"]
        .join(waiting, on="l_orderkey", how="semi")
        .group_by("l_orderkey")
        .agg((supplier.min() != supplier.max()).alias("several"), (late_supplier.min() == late_supplier.max()).alias("one_late"))
        .filter(col("several") & col("one_late"))
    )
    return (
        waiting.join(blamed, on="l_orderkey", how="semi")
        .group_by("s_name")
        .agg(count_rows().alias("numwait"))
        .sort("numwait", "s_name", descending=[True, False])
        .head(100)
    )


def q22(t):
    customers = (
        t["customer"]
        .with_columns(col("c_phone").str.slice(0, 2).alias("cntrycode"))
        .filter(col("cntrycode").is_in(["13", "31", "23", "29", "30", "18", "17"]))
    )
    average = customers.filter(col("c_acctbal") > 0).select(col("c_acctbal").mean().alias("average"))
    return (
        customers.join(t["orders"], left_on="c_custkey", right_on="o_custkey", how="anti")
        .join(average, how="cross")
        .filter(col("c_acctbal").cast(float) > col("average"))
        .group_by("cntrycode")
        .agg(count_rows().alias("numcust"), col("c_acctbal").sum().alias("totacctbal"))
        .sort("cntrycode")
    )


QUERIES = {number: globals()[f"q{number:02}"] for number in range(1, 23)}
