"""Tests of the policy as data."""
