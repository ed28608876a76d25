"""`sanji verify`: is every chain whole, and the same wherever it is kept?

Independent on purpose: it imports nothing of the product but itself, so that it does not share its mistakes. A reader
needs SHA-256, JSON and, for anchors, Ed25519. Reading order: `record`, `chain` (one chain on one service), `compare`
(one chain on several), `anchors` (chains that were cut), `sources` (files and services), `run`, `command`.
"""
