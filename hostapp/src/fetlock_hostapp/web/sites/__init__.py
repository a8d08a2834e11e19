"""Sites: practice locations and their settings (H-1)."""
