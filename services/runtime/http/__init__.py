"""HTTP of every service: problems, tokens, bodies, health, the server."""
