"""Backup and restore: rows and stored files in one file that belongs to neither kind of database."""
