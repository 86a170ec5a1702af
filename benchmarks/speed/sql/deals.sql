-- How each opportunity stood on a day: the last recorded stage decides, of several on one day the terminal one.
-- Date and outcome go into one integer, so that one max per opportunity finds both.
CREATE MACRO stage_key(entered_on, outcome) AS
  (entered_on - DATE '1970-01-01') * 4 + CASE outcome WHEN 'won' THEN 3 WHEN 'lost' THEN 2 WHEN 'no_decision' THEN 1 ELSE 0 END;

CREATE MACRO outcome_of(stage, day, outcome, closed_on) AS CASE
  WHEN stage IS NULL THEN CASE WHEN closed_on < day AND outcome <> 'open' THEN outcome ELSE 'open' END
  WHEN stage % 4 = 3 THEN 'won' WHEN stage % 4 = 2 THEN 'lost' WHEN stage % 4 = 1 THEN 'no_decision' ELSE 'open' END;

CREATE MACRO close_of(stage, day, outcome, closed_on) AS CASE
  WHEN stage IS NULL THEN CASE WHEN closed_on < day AND outcome <> 'open' THEN closed_on END
  WHEN stage % 4 > 0 THEN DATE '1970-01-01' + (stage // 4)::INTEGER END;

CREATE TEMP TABLE deals AS
WITH stages AS (
  SELECT opportunity_id, max(stage_key(entered_on, outcome)) AS last_stage
  FROM visible_stage_events(getvariable('day')) GROUP BY opportunity_id
), resolved AS (
  SELECT opportunity_id, account_id, type, channel, created_on, amount_minor, log_amount, log_amount_squared,
         outcome_of(last_stage, getvariable('day'), outcome, closed_on) AS outcome,
         close_of(last_stage, getvariable('day'), outcome, closed_on) AS closed_on
  FROM visible_opportunities(getvariable('day')) LEFT JOIN stages USING (opportunity_id)
)
SELECT *, coalesce(closed_on, getvariable('day')) - created_on AS age_days FROM resolved;
