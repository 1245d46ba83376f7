"""Funds: quota places, benefit claims and money. Lower than the stages: confirming and agreeing take from them."""
