"""Pages that offices and portal share: languages, words, shell, forms and headers."""
