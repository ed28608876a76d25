"""Others' event stores and outboxes, each a process of its own with packages of its own, in its best configuration.

Each program here drives one peer. It is told by environment where its database is (`PEER_DSN`), then by lines of JSON
on its standard input what to do; it answers each with one line: commands done, seconds, its configuration. It stays
for all rounds, so that it is as warm as what it is measured against. What it imports is in the peers' own locks.
"""
