"""Products, prices and tax rates."""
