"""What judging costs: mixes beside Evidently on the same rows, and the weekly suite from deals and from statistics."""
