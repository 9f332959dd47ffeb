"""What leads may set: policies as drafts, previewed, published and rolled back."""
