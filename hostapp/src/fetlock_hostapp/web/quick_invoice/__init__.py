"""Quick Invoice: several products with quantities in one go, by keyboard, with their prices while typing."""
