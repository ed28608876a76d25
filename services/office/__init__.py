"""What every centre does on every tier: intake, inbox, worklist, acts over HTTP, and their views."""
