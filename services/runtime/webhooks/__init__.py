"""Subscribers without Kafka: each is sent the events that it asked for, over HTTPS, signed."""
