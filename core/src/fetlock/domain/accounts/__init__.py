"""Accounts of clients and of insurers: what they owe, what they paid ahead, one append-only ledger (H-38)."""
