update relay set leader = leader + 1 returning leader
