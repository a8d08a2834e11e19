"""Plugins of the host itself: they use the same hooks as everybody else, and are on everywhere."""
