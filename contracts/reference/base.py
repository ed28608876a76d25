"""What all reference facts have in common."""

from contracts.events import Event


class ReferenceFact(Event, abstract=True):
    """Written by the city (units, calendar) or by city and district (their own items and delegations)."""
