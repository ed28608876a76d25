"""Numbers of notices and certificates: by unit, kind and year, without gaps. The service gives the serial."""

from datetime import date

CERTIFICATE = "cert"
"""Stands before a certificate's kind, so that it shares no series with a notice."""


def series(unit: str, kind: str, day: date) -> str:
    """What is numbered from 1: the papers of this kind that the unit issues in the year of `day`."""
    return f"{unit}.{kind}.{day.year}"


def number(unit: str, kind: str, day: date, serial: int) -> str:
    """`340405.acceptance.2026-0017`."""
    return f"{series(unit, kind, day)}-{serial:04d}"
