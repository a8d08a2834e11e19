"""Invoices: the list, one invoice with all that is done to it, its tab on the patient's page, the API."""
