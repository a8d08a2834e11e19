"""Sites (practice locations) and the organisation they belong to."""
