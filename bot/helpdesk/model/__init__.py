"""Records of the product: what exists, what comes in and what goes out."""
