"""Pages and JSON API: one package for each area of the clinic, each with its handlers and templates."""
