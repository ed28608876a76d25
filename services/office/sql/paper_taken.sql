insert into paper_number (series, serial, stream)
select series, serial, stream from unnest($1::text[], $2::integer[], $3::text[]) as given (series, serial, stream)
