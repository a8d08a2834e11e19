"""Finding clients, patients and invoices by whatever somebody typed."""
