"""Paper: pages of HTML turned into PDF with our own fonts, what was issued, and the scans that come back."""
