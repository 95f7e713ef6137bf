"""Pictures from words: models of three families, backgrounds that join all around, and a mark in every file."""
