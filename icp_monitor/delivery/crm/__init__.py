"""The way back: tiers and scores into files, tables and the fields of a CRM."""
