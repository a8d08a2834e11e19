"""The real processes under work, killed with SIGKILL at random points; then everything is counted (PL-8)."""
