"""Across the stages, read only: my desk, the list, a renovation's page, search, and the household's own page."""
