"""What all pages share: the catalogue, forms and headers."""
