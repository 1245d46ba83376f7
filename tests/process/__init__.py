"""Programmes that leave a part of the process out, from the data to the sealed file."""
