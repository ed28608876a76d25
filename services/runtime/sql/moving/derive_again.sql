-- What goes to inboxes is derived anew: who is hosted here is not who was (protocol H3). Kept: own keys, which an inbox
-- did not take yet. `$1`: the portal is told of all receipts again, too.
with forgotten as (delete from relay_due where kind <> 'own_key'), asked as (delete from relay_request)
update relay set followed = 0, tracked = case when $1::boolean then 0 else tracked end
