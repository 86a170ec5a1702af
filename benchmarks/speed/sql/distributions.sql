-- What the codes of the attributes mean; -1 is unknown.
CREATE TEMP TABLE labels AS
SELECT * FROM (VALUES
  ('industry', 0, 'other'), ('industry', 522, '522'), ('industry', 523, '523'), ('industry', 524, '524'),
  ('employees', 0, 'below 100'), ('employees', 100, '100 to 200'), ('employees', 200, '200 to 2000'),
  ('employees', 2000, '2000 to 5000'), ('employees', 5000, '5000 and more'),
  ('country', 0, 'other'), ('country', 1, 'CA'), ('country', 2, 'DE'), ('country', 3, 'GB'), ('country', 4, 'US'),
  ('core_stack', 0, 'none of the listed'), ('core_stack', 1, '+bigquery'), ('core_stack', 2, '+competitor_x_contract'),
  ('core_stack', 3, '+bigquery+competitor_x_contract'), ('core_stack', 4, '+snowflake'),
  ('core_stack', 5, '+bigquery+snowflake'), ('core_stack', 6, '+competitor_x_contract+snowflake'),
  ('core_stack', 7, '+bigquery+competitor_x_contract+snowflake'),
  ('buying_committee', 0, 'none of the listed'), ('buying_committee', 1, '+economic_buyer'),
  ('buying_committee', 2, '+technical_buyer'), ('buying_committee', 3, '+economic_buyer+technical_buyer'),
  ('eval_process', 0, 'other'), ('eval_process', 1, 'formal_rfp'), ('eval_process', 2, 'poc')
) AS named(attribute, code, value)
UNION ALL
SELECT attribute, code, code::TEXT
FROM (VALUES ('cloud_maturity'), ('risk_tolerance'), ('data_culture')) AS scales(attribute), range(1, 6) AS levels(code);

-- How many deals have each value of each attribute; `deals` names a table with cohort, won and the codes.
CREATE MACRO distributions(deals) AS TABLE
WITH counted AS (
  SELECT cohort, industry, employees, country, core_stack, cloud_maturity, risk_tolerance, data_culture,
    buying_committee, eval_process, count(*) AS n, sum(won) AS n_won
  FROM query_table(deals)
  GROUP BY GROUPING SETS (
    (cohort, industry), (cohort, employees), (cohort, country), (cohort, core_stack), (cohort, cloud_maturity),
    (cohort, risk_tolerance), (cohort, data_culture), (cohort, buying_committee), (cohort, eval_process)
  )
), long AS (
  UNPIVOT counted ON COLUMNS(* EXCLUDE (cohort, n, n_won)) INTO NAME attribute VALUE code
)
SELECT cohort, attribute, coalesce(value, 'unknown') AS value, n, n_won::BIGINT AS n_won
FROM long LEFT JOIN labels USING (attribute, code);

CREATE MACRO code(code) AS coalesce(code, -1);
