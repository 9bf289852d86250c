-- A revenue report over the taxi trips: CSV files under a schema, joined to the zones, grouped by month, with a
-- running total and a rank from window functions; then the trips as Parquet.
--
--   cargo run --release -- sql -f testdata/revenue.sql

CREATE OR REPLACE TEMPORARY VIEW green (
    VendorID INT, lpep_pickup_datetime TIMESTAMP, lpep_dropoff_datetime TIMESTAMP,
    store_and_fwd_flag STRING, RatecodeID INT, PULocationID INT, DOLocationID INT,
    passenger_count INT, trip_distance DOUBLE, fare_amount DOUBLE, extra DOUBLE, mta_tax DOUBLE,
    tip_amount DOUBLE, tolls_amount DOUBLE, ehail_fee DOUBLE, improvement_surcharge DOUBLE,
    total_amount DOUBLE, payment_type INT, trip_type INT, congestion_surcharge DOUBLE)
USING csv OPTIONS (path 'testdata/taxi/green/*/*/', header 'true');

CREATE OR REPLACE TEMPORARY VIEW yellow (
    VendorID INT, tpep_pickup_datetime TIMESTAMP, tpep_dropoff_datetime TIMESTAMP,
    passenger_count INT, trip_distance DOUBLE, RatecodeID INT, store_and_fwd_flag STRING,
    PULocationID INT, DOLocationID INT, payment_type INT, fare_amount DOUBLE, extra DOUBLE,
    mta_tax DOUBLE, tip_amount DOUBLE, tolls_amount DOUBLE, improvement_surcharge DOUBLE,
    total_amount DOUBLE, congestion_surcharge DOUBLE)
USING csv OPTIONS (path 'testdata/taxi/yellow/*/*/', header 'true');

CREATE OR REPLACE TEMPORARY VIEW zones (LocationID INT, Borough STRING, Zone STRING, service_zone STRING)
USING csv OPTIONS (path 'testdata/taxi/zones.csv', header 'true');

CREATE OR REPLACE TEMPORARY VIEW trips AS
SELECT 'green' AS service_type, lpep_pickup_datetime AS pickup, PULocationID AS zone_id, passenger_count,
       trip_distance, fare_amount, tip_amount, tolls_amount, total_amount
FROM green
UNION ALL
SELECT 'yellow', tpep_pickup_datetime, PULocationID, passenger_count,
       trip_distance, fare_amount, tip_amount, tolls_amount, total_amount
FROM yellow;

-- Revenue by month, borough and service: where does the money come from, and how does it add up?
WITH revenue AS (
    SELECT date_trunc('month', t.pickup) AS month, z.Borough AS borough, t.service_type,
           count(*) AS trips, sum(t.total_amount) AS revenue, avg(t.trip_distance) AS mean_distance
    FROM trips t
    JOIN zones z ON t.zone_id = z.LocationID
    GROUP BY 1, 2, 3
)
SELECT date_format(month, 'yyyy-MM') AS month, borough, service_type, trips,
       round(revenue, 2) AS revenue,
       round(mean_distance, 2) AS mean_distance,
       rank() OVER (PARTITION BY month ORDER BY revenue DESC) AS rank_in_month,
       round(sum(revenue) OVER (PARTITION BY borough, service_type ORDER BY month), 2) AS running_revenue
FROM revenue
ORDER BY month, rank_in_month
LIMIT 20;

-- The trips as Parquet: part files and _SUCCESS, written through a commit.
INSERT OVERWRITE DIRECTORY 'target/revenue/trips' USING parquet
SELECT t.*, z.Borough AS borough FROM trips t LEFT JOIN zones z ON t.zone_id = z.LocationID;

SELECT borough, count(*) AS trips, round(sum(total_amount), 2) AS revenue
FROM parquet.`target/revenue/trips`
GROUP BY borough
ORDER BY revenue DESC;
