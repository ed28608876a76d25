-- All of them: a key that an inbox still has must not open what a unit here forgot.
select stream, forgotten_at from vault_forgotten
