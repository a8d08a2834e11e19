"""Pages and API of accounts: balances, payments over several invoices, refunds, statements (H-38)."""
