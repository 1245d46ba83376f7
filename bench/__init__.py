"""Benchmarks: what the pages and a transition cost, beside bare handlers that do the same work and nothing else."""
