"""Across the stages, read only: the auditor's pages over the audit and the sealed files."""
