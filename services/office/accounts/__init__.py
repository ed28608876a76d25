"""Who may sign in at a service's pages: accounts, passwords, sessions, and the log of what was read."""
