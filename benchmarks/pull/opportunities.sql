-- Opportunities with every column that can be mapped, as a CRM of some years' standing has them.
CREATE TABLE account AS
SELECT 'A' || n AS id, 'Company ' || n AS name
FROM generate_series(1, 1000) AS n;

CREATE TABLE opportunity AS
SELECT
    '006' || lpad(n::text, 15, '0') AS id,
    'A' || (n % 1000 + 1) AS account_id,
    'owner ' || n % 97 AS owner_id,
    CASE WHEN n % 3 = 0 THEN 'renewal' ELSE 'new' END AS type,
    (ARRAY['inbound', 'outbound', 'partner', 'event'])[n % 4 + 1] AS lead_source,
    CASE WHEN n % 5 > 0 THEN 'platform ' || n % 7 END AS product,
    (ARRAY['Discovery', 'Proposal', 'Negotiation', 'Closed Won', 'Closed Lost'])[n % 5 + 1] AS stage_name,
    CASE WHEN n % 10 > 0 THEN (2000 + n::bigint * 7919 % 25000000)::numeric(18, 2) / 100 END AS amount,
    CASE WHEN n % 20 = 1 THEN 10.50 END AS setup_fee,
    CASE WHEN n % 4 = 0 THEN 12 + n % 3 * 12 END AS term_months,
    CASE WHEN n % 2 = 0 THEN 'USD' ELSE 'EUR' END AS currency,
    timestamptz '2021-01-01 09:00:00.25+01' + n % 1500 * interval '1 day' + n % 86400 * interval '1 second' AS created_at,
    date '2021-01-01' + n % 1500 + 60 AS close_date,
    CASE WHEN n % 1000 = 0 THEN '006' || lpad((n - 1)::text, 15, '0') END AS merged_into,
    n % 500 = 0 AS is_deleted,
    timestamptz '2025-06-01 00:00:00+00' + n % 100000 * interval '1 second' AS changed_at
FROM generate_series(1, :rows) AS n;
