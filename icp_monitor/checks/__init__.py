"""What must hold of the data before anything is judged on it."""
