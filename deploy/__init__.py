"""How Sanji is brought to life: the local stack and, for production, what stands around real servers."""
