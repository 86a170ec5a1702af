"""What deserves a person's attention, and what is said about it."""
