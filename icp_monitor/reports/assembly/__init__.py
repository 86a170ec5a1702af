"""From verdicts, cohorts and metrics to the report's document."""
