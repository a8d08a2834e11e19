"""What is ordered or done for a patient today."""
