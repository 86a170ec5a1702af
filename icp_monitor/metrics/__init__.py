"""What to measure: statements that turn scored opportunities into small tables, and the numbers read off them."""
