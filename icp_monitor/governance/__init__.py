"""How a profile is decided upon: which version is in force, who must agree, and proof that the record is whole."""
