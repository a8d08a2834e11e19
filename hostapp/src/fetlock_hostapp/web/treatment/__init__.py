"""Treatment: what is ordered or done for a patient, each item with its line on the invoice (H-27)."""
