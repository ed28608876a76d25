"""The law and the work of the office as pure functions: no clock, no I/O, no ids made up inside.

Read in this order: actor, book, case (state), fold (events to state), then the acts as the office groups them:
receipt, supplement, acceptance, desk, work, referral (dispute), recall, requests (urging), outcome (delegation),
assumption, supervision, imported. `table` lists all acts.
"""
