"""The units in which columns hold amounts, as whole numbers, so that sums are exact on every engine."""

from __future__ import annotations

MINOR_UNITS = 100  # of one unit of currency, in columns that end in _minor
LOG_SCALE = 1e9  # of a natural logarithm of 1, in log_amount and log_amount_squared
