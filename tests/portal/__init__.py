"""The portal on real PostgreSQL: figures, live events, tracking, pages."""
