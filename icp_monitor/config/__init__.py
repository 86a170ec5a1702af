"""What the company has decided: the profile, how it is monitored, and where its records come from."""
