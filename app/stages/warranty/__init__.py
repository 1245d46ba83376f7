"""质保: the term since the acceptance in the home, claims and their contest, visits and ratings, closing the file."""
