"""What a patient is entitled to, and the append-only ledger of its use."""
