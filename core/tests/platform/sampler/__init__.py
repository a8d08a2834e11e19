"""A plugin with a table and settings, for the tests of the platform."""
