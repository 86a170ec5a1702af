"""What a first configuration looks like: the worked example, or one guessed from the company's own CSV files."""
