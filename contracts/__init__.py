"""What crosses a border between services: envelope, events, requests, inbox messages, topics.

Imports only pydantic and the standard library, so that anyone can depend on it.
"""
