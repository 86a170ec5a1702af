"""Is the installation well, what can be computed with the data at hand, and which gap is worth filling first?"""
