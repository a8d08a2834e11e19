"""The health of integrations: what goes to outside services and whether it gets there (PL-14)."""
