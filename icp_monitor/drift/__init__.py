"""Judging: small tables in, verdicts out. No I/O, no clock, no global state."""
