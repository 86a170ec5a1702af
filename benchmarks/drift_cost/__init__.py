"""What judging costs: the weekly suite from stored statistics and from deals, beside Evidently on the same rows."""
