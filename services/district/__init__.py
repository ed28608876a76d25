"""The district's service: takes referrals from its townships, and publishes its own catalogue."""
