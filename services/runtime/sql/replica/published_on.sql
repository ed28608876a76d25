-- The cluster on which the relay last published; null: never.
select cluster from relay
