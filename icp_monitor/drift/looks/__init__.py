"""One weekly look: what has changed since the validated baseline, by how much, and what can be said about it."""
