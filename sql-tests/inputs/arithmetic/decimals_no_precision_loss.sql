-- Decimal results that do not give up digits after the point: too many digits are an error or NULL instead.
--SET spark.sql.decimalOperations.allowPrecisionLoss=false
SELECT typeof(CAST(1 AS DECIMAL(38, 10)) + CAST(1 AS DECIMAL(38, 10))), typeof(CAST(1 AS DECIMAL(38, 10)) * CAST(1 AS DECIMAL(38, 10))), typeof(CAST(1 AS DECIMAL(38, 10)) / CAST(1 AS DECIMAL(38, 10)));
SELECT typeof(CAST(1 AS DECIMAL(10, 2)) / CAST(1 AS DECIMAL(5, 4))), typeof(CAST(1 AS DECIMAL(10, 2)) * CAST(1 AS DECIMAL(5, 4))), typeof(1.5 / 3), typeof(10 / 3.0);
SELECT 1.1 + 2.22, 1.1 - 2.22, 1.1 * 2.22;
SELECT 1.1 / 2.22, 10 / 3.0;
SELECT CAST(1 AS DECIMAL(38, 18)) * CAST(3 AS DECIMAL(38, 18));
SELECT CAST(12345678901234567890 AS DECIMAL(38, 5)) * CAST(98765432109876543 AS DECIMAL(38, 5));
SELECT CAST(1 AS DECIMAL(38, 18)) / CAST(3 AS DECIMAL(38, 18));
SELECT sum(a), avg(a) FROM VALUES (1.10), (2.25) AS t(a);
