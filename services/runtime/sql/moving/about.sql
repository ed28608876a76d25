select current_database() as database, i.id as incarnation, i.reading_back, (select name from service) as service
from incarnation i
