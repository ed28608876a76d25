-- Two lists that one person keeps at once are counted one after the other.
select from account where name = $1 for update
