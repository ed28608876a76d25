"""Notices (文书) as they are printed."""
