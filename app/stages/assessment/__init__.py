"""Assessment 评估: two assessors visit, look at the person and the home, and say what would help."""
