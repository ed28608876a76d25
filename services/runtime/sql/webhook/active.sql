select id from webhook where state = 'active'
