"""The township's service: receives, and works for days without a link."""
