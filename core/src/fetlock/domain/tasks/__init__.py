"""Tasks and notices: what somebody at a site has to see to (H-17)."""
