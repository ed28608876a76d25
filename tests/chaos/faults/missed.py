"""Faults that did not come about."""


class Missed(Exception):
    """Another fault was in the way, or nothing came by that it could strike. It does not count."""
