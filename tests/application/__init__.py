"""Tests of the application stage."""
