"""The office's screens: rendered here, checked here, made from the same acts as the API."""
