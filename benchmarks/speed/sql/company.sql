-- The synthetic extract as raw datasets: a first load with everything, and a later one that changes every hundredth
-- record and deletes every thousandth.
CREATE MACRO every(id, step) AS substr(id, 2)::BIGINT % step = 7;

CREATE MACRO outcome_of(stage) AS CASE stage WHEN 'Closed Won' THEN 'won' WHEN 'Closed Lost' THEN 'lost' ELSE 'open' END;

CREATE VIEW accounts AS
SELECT 'crm' AS source, created_on AS known_on, true AS assumed, created_on AS valid_from, false AS deleted,
  account_id, name, NULL::TEXT AS parent_id, created_on, industry, employees::DOUBLE AS employees,
  country, core_stack, cloud_maturity::DOUBLE AS cloud_maturity, risk_tolerance::DOUBLE AS risk_tolerance,
  data_culture::DOUBLE AS data_culture, buying_committee, eval_process
FROM read_parquet(getvariable('extract') || '/accounts.parquet');

CREATE VIEW opportunities AS
SELECT 'crm' AS source, created_on AS known_on, true AS assumed, created_on AS valid_from, false AS deleted,
  opportunity_id, account_id, owner_id, type, source AS channel, NULL::TEXT AS product, stage,
  outcome_of(stage) AS outcome, currency, (amount * 100)::BIGINT AS amount_minor,
  round(ln(amount::DOUBLE) * 1e9)::BIGINT AS log_amount, round(ln(amount::DOUBLE) ^ 2 * 1e9)::BIGINT AS log_amount_squared,
  created_on, closed_on
FROM read_parquet(getvariable('extract') || '/opportunities.parquet');

CREATE VIEW stage_events AS
SELECT 'crm' AS source, entered_on AS known_on, true AS assumed, entered_on AS valid_from, false AS deleted,
  opportunity_id, entered_on, stage, outcome_of(stage) AS outcome
FROM read_parquet(getvariable('extract') || '/stage_events.parquet');

CREATE VIEW win_loss AS
SELECT 'crm' AS source, recorded_on AS known_on, true AS assumed, recorded_on AS valid_from, false AS deleted,
  opportunity_id, origin, NULL::TEXT AS outcome, reason, competitor, recorded_on
FROM read_parquet(getvariable('extract') || '/win_loss.parquet');

CREATE VIEW later_accounts AS
SELECT * REPLACE (getvariable('later') AS known_on, false AS assumed, getvariable('later') AS valid_from,
  every(account_id, 1000) AS deleted, employees * 2 AS employees)
FROM accounts WHERE every(account_id, 100) AND known_on < getvariable('later');

CREATE VIEW later_opportunities AS
SELECT * REPLACE (getvariable('later') AS known_on, false AS assumed, getvariable('later') AS valid_from,
  every(opportunity_id, 1000) AS deleted, amount_minor + 100 AS amount_minor)
FROM opportunities WHERE every(opportunity_id, 100) AND known_on < getvariable('later');

CREATE VIEW later_stage_events AS
SELECT * REPLACE (getvariable('later') AS known_on, false AS assumed, getvariable('later') AS valid_from,
  every(opportunity_id, 1000) AS deleted)
FROM stage_events WHERE every(opportunity_id, 100) AND known_on < getvariable('later');

CREATE VIEW later_win_loss AS
SELECT * REPLACE (getvariable('later') AS known_on, false AS assumed, getvariable('later') AS valid_from,
  every(opportunity_id, 1000) AS deleted, 'price' AS reason)
FROM win_loss WHERE every(opportunity_id, 100) AND known_on < getvariable('later');
