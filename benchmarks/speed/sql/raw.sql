-- The raw loads, and the version of each record that was known on a day.
-- Load 1 holds everything and only later loads can supersede a row: few rows, or none, have to be looked at for that.
CREATE MACRO stored(name) AS concat_ws('/', getvariable('raw'), name, '*', '*.parquet');

CREATE VIEW raw_accounts AS FROM read_parquet(stored('raw_accounts'));
CREATE VIEW raw_opportunities AS FROM read_parquet(stored('raw_opportunities'));
CREATE VIEW raw_stage_events AS FROM read_parquet(stored('raw_stage_events'));
CREATE VIEW raw_win_loss AS FROM read_parquet(stored('raw_win_loss'));

CREATE MACRO known_accounts(day) AS TABLE
FROM raw_accounts WHERE known_on <= day AND valid_from <= day;

CREATE MACRO visible_opportunities(day) AS TABLE
SELECT old.* FROM raw_opportunities AS old ANTI JOIN (
  FROM raw_opportunities WHERE load > 1 AND known_on <= day AND valid_from <= day
) AS new ON new.opportunity_id = old.opportunity_id AND new.load > old.load
WHERE old.known_on <= day AND old.valid_from <= day AND NOT old.deleted AND old.created_on < day;

CREATE MACRO visible_stage_events(day) AS TABLE
SELECT old.* FROM raw_stage_events AS old ANTI JOIN (
  FROM raw_stage_events WHERE load > 1 AND known_on <= day AND valid_from <= day
) AS new ON new.opportunity_id = old.opportunity_id AND new.entered_on = old.entered_on AND new.stage = old.stage
  AND new.load > old.load
WHERE old.known_on <= day AND old.valid_from <= day AND NOT old.deleted AND old.entered_on < day;

CREATE MACRO visible_win_loss(day) AS TABLE
SELECT old.* FROM raw_win_loss AS old ANTI JOIN (
  FROM raw_win_loss WHERE load > 1 AND known_on <= day AND valid_from <= day
) AS new ON new.opportunity_id = old.opportunity_id AND new.origin = old.origin AND new.load > old.load
WHERE old.known_on <= day AND old.valid_from <= day AND NOT old.deleted;
