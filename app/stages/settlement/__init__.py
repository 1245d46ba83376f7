"""结算: the computed sheet, its papers, the second person, the payment and its return."""
