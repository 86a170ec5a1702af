"""What the monitor costs, measured beside other ways of doing the same."""
