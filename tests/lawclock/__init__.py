"""The law's clock on a real database, with a calendar that is published and a clock that can be set."""
