"""Whole companies with known truth, grown from a seed: what a monitor must find in them is written beside them."""
