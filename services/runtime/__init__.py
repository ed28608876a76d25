"""The log and everything that moves events; it knows custody, not casework."""
