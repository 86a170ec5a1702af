-- The two tables of scores.
COPY (
  SELECT getvariable('icp_version') AS icp_version, getvariable('config_hash') AS config_hash,
    getvariable('code_version') AS code_version, 'as-was' AS knowledge,
    account_id, coalesce(population, 'prospect') AS population,
    segment, tier, tier_certain, score, score_low, score_high, coverage
  FROM versions LEFT JOIN (
    SELECT account_id, CASE WHEN bool_or(outcome = 'won') THEN 'customer' ELSE 'pipeline' END AS population
    FROM deals WHERE outcome IN ('won', 'open') GROUP BY account_id
  ) USING (account_id)
  WHERE is_newest AND (created_on IS NULL OR created_on < getvariable('day'))
  ORDER BY account_id
) TO (getvariable('out') || '/account_scores.parquet') (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880);

COPY (
  SELECT getvariable('icp_version') AS icp_version, getvariable('config_hash') AS config_hash,
    getvariable('code_version') AS code_version, 'as-was' AS knowledge,
    d.opportunity_id, d.account_id, d.created_on AS anchor_on,
    coalesce(valid_from <= d.created_on, false) AS anchor_known,
    coalesce(segment, 'other') AS segment, coalesce(tier, 'unscored') AS tier,
    coalesce(tier_certain, false) AS tier_certain, score, coalesce(score_low, 0) AS score_low,
    coalesce(score_high, 100) AS score_high, coalesce(coverage, 0) AS coverage,
    channel, outcome, closed_on, age_days::INTEGER AS age_days, amount_minor, log_amount, log_amount_squared
  FROM deals AS d LEFT JOIN versions AS v
    ON v.account_id = d.account_id AND v.starts_on <= d.created_on AND d.created_on < v.ends_before
  WHERE type = 'new_business'
  ORDER BY d.opportunity_id
) TO (getvariable('out') || '/opportunity_scores.parquet') (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880);
