-- The deals created from `first` to `last`, as they were known on `day`: one judgement's sufficient statistics.
CREATE OR REPLACE TEMP TABLE cohort AS
WITH counted AS (
  SELECT opportunity_id, account_id, channel, created_on, outcome, closed_on, amount_minor, log_amount,
    log_amount_squared
  FROM visible_opportunities(getvariable('day'))
  WHERE type = 'new_business' AND created_on >= getvariable('first') AND created_on < getvariable('last')
), stages AS (
  SELECT opportunity_id, max(stage_key(entered_on, outcome)) AS last_stage FROM visible_stage_events(getvariable('day'))
  WHERE opportunity_id IN (SELECT opportunity_id FROM counted) GROUP BY opportunity_id
), resolved AS (
  SELECT account_id, channel, created_on, amount_minor, log_amount, log_amount_squared,
    outcome_of(last_stage, getvariable('day'), outcome, closed_on) AS outcome,
    coalesce(close_of(last_stage, getvariable('day'), outcome, closed_on), getvariable('day')) - created_on AS age_days
  FROM counted LEFT JOIN stages USING (opportunity_id)
)
SELECT DATE '2000-01-01' AS cohort, channel, outcome, age_days, amount_minor, log_amount, log_amount_squared,
  d.created_on < getvariable('day') - 120 AS watched, (outcome = 'won' AND age_days <= 120)::INTEGER AS won,
  coalesce(segment, 'other') AS segment, coalesce(tier, 'unscored') AS tier,
  code(industry) AS industry, code(employees) AS employees, code(country) AS country, code(core_stack) AS core_stack,
  code(cloud_maturity) AS cloud_maturity, code(risk_tolerance) AS risk_tolerance, code(data_culture) AS data_culture,
  code(buying_committee) AS buying_committee, code(eval_process) AS eval_process
FROM resolved AS d LEFT JOIN versions AS v
  ON v.account_id = d.account_id AND v.starts_on <= d.created_on AND d.created_on < v.ends_before
  AND v.known_on <= getvariable('day') AND v.valid_from <= getvariable('day');

CREATE OR REPLACE TEMP TABLE cells AS
SELECT segment, tier, coalesce(channel, 'unknown') AS channel, outcome, age_bin(age_days)::INTEGER AS age, count(*) AS n,
  count(*) FILTER (watched) AS n_watched, count(log_amount) AS n_amount,
  coalesce(sum(amount_minor), 0)::BIGINT AS amount_minor,
  coalesce(sum(log_amount), 0)::BIGINT AS log_amount, coalesce(sum(log_amount_squared), 0)::BIGINT AS log_amount_squared
FROM cohort GROUP BY ALL ORDER BY ALL;

CREATE OR REPLACE TEMP TABLE attributes AS
SELECT attribute, value, n, n_won FROM distributions('cohort') ORDER BY ALL;
