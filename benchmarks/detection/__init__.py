"""How many false alarms does weekly monitoring raise, and how soon does it find what has changed?"""
