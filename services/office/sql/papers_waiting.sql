-- When the first papers that wait for a clerk were handed in. By the checkpoint and not by what this process remembers:
-- the view may be another process's work, or be made anew at this moment.
select coalesce((select pos from checkpoint where follower = $1) >= $2, false) as looked,
       (select min(at) from waiting where about = $3 and kind = 'supplement' and waits) as handed_in
