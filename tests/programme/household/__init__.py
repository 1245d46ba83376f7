"""Trying a household: the form, the file, the answer, the examples, the page."""
