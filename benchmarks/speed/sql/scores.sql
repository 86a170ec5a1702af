-- Every version of every account with its score and the codes of its attributes: config/icp.yaml written out.
CREATE MACRO round6(x) AS floor(x * 1e6 + 0.5) / 1e6;
CREATE MACRO has(members, member) AS contains(members, '|' || member || '|');
CREATE MACRO tier_of(score) AS CASE WHEN score >= 80 THEN 'tier_1' WHEN score >= 60 THEN 'tier_2' ELSE 'tier_3' END;
CREATE MACRO points(missing, a, b, c, d, e, f, g, h, i) AS
  500e0 / 26 * coalesce(a, missing) + 400e0 / 26 * coalesce(b, missing) + 200e0 / 26 * coalesce(c, missing)
  + 400e0 / 26 * coalesce(d, missing) + 200e0 / 26 * coalesce(e, missing) + 200e0 / 26 * coalesce(f, missing)
  + 200e0 / 26 * coalesce(g, missing) + 300e0 / 26 * coalesce(h, missing) + 200e0 / 26 * coalesce(i, missing);

CREATE TEMP TABLE versions AS
WITH changed AS (
  SELECT account_id, load, lag(load) OVER versions IS NULL AS is_first,
    min(valid_from) OVER (versions ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS ends_before
  FROM known_accounts(getvariable('day'))
  WHERE account_id IN (SELECT account_id FROM known_accounts(getvariable('day')) WHERE load > 1)
  WINDOW versions AS (PARTITION BY account_id ORDER BY load)
), matched AS (
  SELECT *, ends_before IS NULL AS is_newest,
    CASE WHEN coalesce(is_first, true) THEN DATE '0001-01-01' ELSE valid_from END AS starts_on,
    coalesce(country IN ('BY', 'CU', 'IR', 'KP', 'RU', 'SY'), false) AS knocked_out,
    CASE WHEN industry IS NOT NULL THEN
      CASE WHEN industry[:3] IN ('522', '523') THEN 1e0 WHEN industry[:3] = '524' THEN 0.6e0 ELSE 0e0 END
    END AS a,
    CASE WHEN employees < 200 THEN greatest((employees - 100) / 100e0, 0e0)
      WHEN employees > 2000 THEN greatest((employees - 5000) / -3000e0, 0e0)
      WHEN employees IS NOT NULL THEN 1e0
    END AS b,
    (country IN ('US', 'CA', 'GB', 'DE'))::DOUBLE AS c,
    CASE WHEN core_stack IS NULL THEN NULL WHEN has(core_stack, 'competitor_x_contract') THEN 0e0
      WHEN has(core_stack, 'snowflake') THEN 1e0 WHEN has(core_stack, 'bigquery') THEN 0.8e0 ELSE 0e0
    END AS d,
    (cloud_maturity >= 3)::DOUBLE AS e,
    (risk_tolerance >= 4)::DOUBLE AS f,
    (data_culture >= 3)::DOUBLE AS g,
    (has(buying_committee, 'economic_buyer')::DOUBLE + has(buying_committee, 'technical_buyer')::DOUBLE) / 2 AS h,
    (eval_process IN ('formal_rfp', 'poc'))::DOUBLE AS i
  FROM known_accounts(getvariable('day')) LEFT JOIN changed USING (account_id, load)
  WHERE NOT deleted
), scored AS (
  SELECT *, round6(points(0.5, a, b, c, d, e, f, g, h, i)) AS full_score,
    round6(points(0, a, b, c, d, e, f, g, h, i)) AS score_low,
    round6(points(1, a, b, c, d, e, f, g, h, i)) AS score_high,
    round6((5 * (a IS NOT NULL)::INTEGER + 4 * (b IS NOT NULL)::INTEGER + 2 * (c IS NOT NULL)::INTEGER
      + 4 * (d IS NOT NULL)::INTEGER + 2 * (e IS NOT NULL)::INTEGER + 2 * (f IS NOT NULL)::INTEGER
      + 2 * (g IS NOT NULL)::INTEGER + 3 * (h IS NOT NULL)::INTEGER + 2 * (i IS NOT NULL)::INTEGER) / 26e0) AS coverage
  FROM matched
)
SELECT account_id, known_on, valid_from, created_on, is_newest, starts_on,
  coalesce(ends_before, DATE '9999-12-31') AS ends_before,
  CASE
    WHEN industry[:3] IN ('522', '523') AND employees >= 200 AND employees < 2000 THEN 'fintech-mm'
    WHEN industry[:3] IN ('522', '523') AND employees >= 2000 THEN 'fintech-ent'
    WHEN industry[:2] = '62' AND employees >= 200 AND employees < 2000 THEN 'health-mm'
    WHEN industry[:4] = '5112' AND employees >= 200 AND employees < 2000 THEN 'saas-mm'
    WHEN industry[:2] IN ('31', '32', '33') AND employees >= 200 AND employees < 2000 THEN 'manufacturing-mm'
    WHEN employees < 200 THEN 'smb'
    ELSE 'other'
  END AS segment,
  CASE WHEN knocked_out THEN 'disqualified' WHEN coverage < 0.6 THEN 'unscored' ELSE tier_of(full_score) END AS tier,
  CASE WHEN knocked_out THEN true WHEN coverage < 0.6 THEN false ELSE tier_of(score_low) = tier_of(score_high) END
    AS tier_certain,
  CASE WHEN coverage >= 0.6 THEN full_score END AS score, score_low, score_high, coverage,
  CASE WHEN industry IS NULL THEN -1 WHEN industry[:3] IN ('522', '523', '524') THEN industry[:3]::INTEGER ELSE 0
  END::SMALLINT AS industry,
  CASE WHEN employees IS NULL THEN -1 WHEN employees >= 5000 THEN 5000 WHEN employees >= 2000 THEN 2000
    WHEN employees >= 200 THEN 200 WHEN employees >= 100 THEN 100 ELSE 0
  END::SMALLINT AS employees,
  CASE country WHEN 'CA' THEN 1 WHEN 'DE' THEN 2 WHEN 'GB' THEN 3 WHEN 'US' THEN 4 ELSE (country IS NOT NULL)::INTEGER - 1
  END::SMALLINT AS country,
  coalesce(has(core_stack, 'bigquery')::INTEGER + 2 * has(core_stack, 'competitor_x_contract')::INTEGER
    + 4 * has(core_stack, 'snowflake')::INTEGER, -1)::SMALLINT AS core_stack,
  coalesce(cloud_maturity, -1)::SMALLINT AS cloud_maturity,
  coalesce(risk_tolerance, -1)::SMALLINT AS risk_tolerance,
  coalesce(data_culture, -1)::SMALLINT AS data_culture,
  coalesce(has(buying_committee, 'economic_buyer')::INTEGER + 2 * has(buying_committee, 'technical_buyer')::INTEGER, -1)
  ::SMALLINT AS buying_committee,
  CASE eval_process WHEN 'formal_rfp' THEN 1 WHEN 'poc' THEN 2 ELSE (eval_process IS NOT NULL)::INTEGER - 1
  END::SMALLINT AS eval_process
FROM scored;
