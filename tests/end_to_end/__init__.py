"""The whole program as a person uses it: every process started by the command of the README."""
