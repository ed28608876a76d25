select wake from deadline where wake is not null order by wake limit 1
