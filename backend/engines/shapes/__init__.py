"""Three-dimensional shapes from trained models: from words, from a picture, or from words by way of a picture."""
