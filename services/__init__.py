"""The services of the three tiers and the portal, and what they are made of."""
