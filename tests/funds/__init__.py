"""Tests of quota places, benefit claims and money."""
