"""`sanji load`: a system's own work as a load, to see what a machine carries."""
