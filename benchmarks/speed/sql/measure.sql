-- The small tables, over eight fiscal quarters (which begin in February, May, August and November).
CREATE MACRO quarter_of(day) AS (date_trunc('quarter', day - INTERVAL 1 MONTH) + INTERVAL 1 MONTH)::DATE;
CREATE MACRO age_bin(age) AS CASE WHEN age > 120 THEN 121 ELSE age // 7 * 7 END;

CREATE VIEW scored AS FROM read_parquet(getvariable('out') || '/opportunity_scores.parquet');

CREATE TEMP TABLE life_tables AS
SELECT quarter_of(anchor_on) AS cohort, segment, tier, coalesce(channel, 'unknown') AS channel, outcome,
  age_bin(age_days)::INTEGER AS age, count(*) AS n,
  count(*) FILTER (anchor_on < getvariable('day') - 120) AS n_watched,
  count(log_amount) AS n_amount, coalesce(sum(amount_minor), 0)::BIGINT AS amount_minor,
  coalesce(sum(log_amount), 0)::BIGINT AS log_amount, coalesce(sum(log_amount_squared), 0)::BIGINT AS log_amount_squared
FROM scored WHERE anchor_on >= getvariable('first') AND anchor_on < getvariable('last') GROUP BY ALL;

CREATE TEMP TABLE close_counts AS
SELECT quarter_of(closed_on) AS closed_in, segment, tier, outcome, count(*) AS n, count(log_amount) AS n_amount,
  coalesce(sum(amount_minor), 0)::BIGINT AS amount_minor,
  coalesce(sum(log_amount), 0)::BIGINT AS log_amount, coalesce(sum(log_amount_squared), 0)::BIGINT AS log_amount_squared,
  count(*) FILTER (amount_minor > 0) AS n_value,
  coalesce(sum(amount_minor) FILTER (amount_minor > 0), 0)::BIGINT AS value_minor
FROM scored WHERE closed_on >= getvariable('first') AND closed_on < getvariable('last') GROUP BY ALL;

CREATE TEMP TABLE pipeline AS
SELECT segment, tier, count(*) AS n, coalesce(sum(amount_minor), 0)::BIGINT AS amount_minor
FROM scored WHERE outcome = 'open' GROUP BY ALL;

CREATE TEMP TABLE win_loss_counts AS
SELECT quarter_of(closed_on) AS closed_in, segment, s.outcome, coalesce(origin, 'unknown') AS origin,
  coalesce(reason, 'unknown') AS reason, coalesce(competitor, 'unknown') AS competitor, count(*) AS n
FROM scored AS s LEFT JOIN visible_win_loss(getvariable('day')) USING (opportunity_id)
WHERE closed_on >= getvariable('first') AND closed_on < getvariable('last') GROUP BY ALL;

CREATE VIEW created AS
SELECT quarter_of(anchor_on) AS cohort, (outcome = 'won' AND age_days <= 120)::INTEGER AS won,
  code(industry) AS industry, code(employees) AS employees, code(country) AS country, code(core_stack) AS core_stack,
  code(cloud_maturity) AS cloud_maturity, code(risk_tolerance) AS risk_tolerance, code(data_culture) AS data_culture,
  code(buying_committee) AS buying_committee, code(eval_process) AS eval_process
FROM scored AS s LEFT JOIN versions AS v
  ON v.account_id = s.account_id AND v.starts_on <= s.anchor_on AND s.anchor_on < v.ends_before
WHERE anchor_on >= getvariable('first') AND anchor_on < getvariable('last');

CREATE TEMP TABLE attribute_distributions AS FROM distributions('created');
