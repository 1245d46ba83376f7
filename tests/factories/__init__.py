"""Made-up people, places and files for tests, built through the services."""
