"""验收: line by line in the home with measured quantities, rectification rounds, the county's countersignature."""
