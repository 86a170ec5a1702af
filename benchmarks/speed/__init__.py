"""Is one day's run as cheap as SQL written by hand? The same tables three ways, checked to be equal."""
