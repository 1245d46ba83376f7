"""Photos and scans: what was uploaded, checked by content, kept encrypted, found again when used twice."""
