"""How well each account fits the profile: statements that score, tier and explain."""
