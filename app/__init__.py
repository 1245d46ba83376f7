"""Anju (安居): government-paid home renovation from application to warranty."""
