"""Files that were uploaded to be imported, and what became of each."""
