"""The portal: a live board of all cases, and tracking by number and query code. It writes no case event."""
