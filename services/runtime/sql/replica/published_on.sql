-- The cluster on which this database last spoke, or began to; null: it never did.
select coalesce(r.cluster, i.cluster) from relay r cross join incarnation i
