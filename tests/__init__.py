"""Tests of what crosses the members."""
