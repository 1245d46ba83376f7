"""What knows nothing of renovation: database, money, clock, crypto, forms, errors."""
