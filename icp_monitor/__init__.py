"""Is the validated ideal customer profile still the one that the company wins, keeps and earns from?"""

__version__ = "0.1.0"
