"""The city's service: decides what reaches it, opens units, publishes the catalogue for all."""
