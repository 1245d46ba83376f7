"""Purchase codes: given, handed on, redeemed."""
