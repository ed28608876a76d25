-- A key arriving at this moment is either here before the deletion or sees the stream as forgotten.
lock table vault_key, vault_citizen in share row exclusive mode
