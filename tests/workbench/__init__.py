"""The workbench: desk, list, file page, household page."""
