-- whoever is still connected is sent away
drop database if exists :"name" with (force);
drop role if exists :"name";
