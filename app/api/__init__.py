"""/api/v1: every read and every change of state, from the same services; its description is computed from them."""
