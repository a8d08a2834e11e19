"""Invoices: lines and their prices, payments, closing."""
