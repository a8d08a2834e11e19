"""The page of integrations: whether what goes to outside services gets there (PL-14)."""
