"""The quarterly validation report: one JSON document, and the page that shows it."""
