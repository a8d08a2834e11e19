"""What carries every page: who asks, what they may, drawing, errors, plugins' pages."""
