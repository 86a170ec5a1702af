"""Tiers and scores on their way back to the people who work with them."""
