"""Trying a programme on one made-up household: what is asked, the form, the file, the answer, and a folder's examples."""
