-- What a weekly look reads: deals by the weeks, counted from `origin`, in which they were created and resolved.
CREATE MACRO week_of(day) AS floor((day - getvariable('origin')) / 7)::BIGINT;
CREATE MACRO band_of(score) AS coalesce(floor(score / 5)::BIGINT, -1);
CREATE MACRO coarse_band_of(score) AS CASE WHEN score >= 75 THEN 17 ELSE coalesce(floor(score / 25)::BIGINT * 5 + 2, -1) END;

CREATE TEMP TABLE snapshot AS
SELECT coalesce(s.account_id, opportunity_id) AS account, s.segment, outcome, anchor_on, closed_on,
  age_days, s.score, log_amount, (outcome = 'won')::INTEGER AS won,
  code(industry) AS industry, code(employees) AS employees, code(country) AS country, code(core_stack) AS core_stack,
  code(cloud_maturity) AS cloud_maturity, code(risk_tolerance) AS risk_tolerance, code(data_culture) AS data_culture,
  code(buying_committee) AS buying_committee, code(eval_process) AS eval_process
FROM scored AS s LEFT JOIN versions AS v
  ON v.account_id = s.account_id AND v.starts_on <= s.anchor_on AND s.anchor_on < v.ends_before
WHERE closed_on IS NULL OR closed_on >= getvariable('origin') OR anchor_on >= getvariable('origin');

CREATE TEMP TABLE weekly_deals AS
SELECT segment, week_of(anchor_on) AS created, week_of(closed_on) AS resolved, outcome, band_of(score) AS band,
  count(*) AS n
FROM snapshot WHERE closed_on IS NULL OR closed_on >= getvariable('origin') GROUP BY ALL;

CREATE TEMP TABLE weekly_amounts AS
SELECT segment, week_of(closed_on) AS resolved, outcome, floor(log_amount / 1e8)::BIGINT * 100000000 AS bin,
  count(*) AS n, sum(log_amount)::BIGINT AS log_amount
FROM snapshot WHERE closed_on >= getvariable('origin') AND log_amount IS NOT NULL GROUP BY ALL;

CREATE TEMP TABLE weekly_created_values AS
WITH counted AS (
  SELECT week_of(anchor_on) AS created, industry, employees, country, core_stack, cloud_maturity, risk_tolerance,
    data_culture, buying_committee, eval_process, count(*) AS n
  FROM snapshot WHERE anchor_on >= getvariable('origin')
  GROUP BY GROUPING SETS (
    (created, industry), (created, employees), (created, country), (created, core_stack), (created, cloud_maturity),
    (created, risk_tolerance), (created, data_culture), (created, buying_committee), (created, eval_process)
  )
), long AS (
  UNPIVOT counted ON COLUMNS(* EXCLUDE (created, n)) INTO NAME attribute VALUE code
)
SELECT created, attribute, coalesce(value, 'unknown') AS value, n FROM long LEFT JOIN labels USING (attribute, code);

CREATE TEMP TABLE weekly_resolved_values AS
WITH counted AS (
  SELECT week_of(closed_on) AS resolved, coarse_band_of(score) AS band, floor(age_days / 21)::BIGINT * 3 + 1 AS age,
    industry, employees, country, core_stack, cloud_maturity, risk_tolerance, data_culture, buying_committee,
    eval_process, count(*) AS n, sum(won) AS n_won
  FROM snapshot WHERE closed_on >= getvariable('origin')
  GROUP BY GROUPING SETS (
    (resolved, band, age, industry), (resolved, band, age, employees), (resolved, band, age, country),
    (resolved, band, age, core_stack), (resolved, band, age, cloud_maturity), (resolved, band, age, risk_tolerance),
    (resolved, band, age, data_culture), (resolved, band, age, buying_committee), (resolved, band, age, eval_process)
  )
), long AS (
  UNPIVOT counted ON COLUMNS(* EXCLUDE (resolved, band, age, n, n_won)) INTO NAME attribute VALUE code
)
SELECT resolved, band, age, attribute, coalesce(value, 'unknown') AS value, n, n_won::BIGINT AS n_won
FROM long LEFT JOIN labels USING (attribute, code);

CREATE TEMP TABLE weekly_accounts AS
WITH per_account AS (
  SELECT segment, account, count(*) AS n, sum(won)::BIGINT AS n_won
  FROM snapshot WHERE closed_on >= getvariable('origin') AND closed_on < getvariable('monitored_from') GROUP BY ALL
)
SELECT segment, n, n_won, count(*) AS accounts FROM per_account GROUP BY ALL;
