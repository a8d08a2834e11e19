"""Importing files: upload, mapping, dry run, progress, rejected rows."""
