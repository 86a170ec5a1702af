"""What was known of accounts and opportunities on a day: statements over the raw loads, never stored."""
