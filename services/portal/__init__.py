"""The portal: a live board of all cases, tracking by number and query code, and what citizens ask. No case event."""
