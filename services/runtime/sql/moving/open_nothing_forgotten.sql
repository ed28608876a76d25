-- Whichever of the two services forgot a case, and whichever had its key.
with keys as (
    delete from vault_key k using vault_forgotten f where k.stream = f.stream
), blind as (
    delete from vault_blind b using vault_forgotten f where b.stream = f.stream
)
delete from vault_citizen c using vault_forgotten f where c.stream = f.stream
