-- Numbers of notices and certificates, each written with the event that carries it: whoever takes one that another
-- process has just taken fails at the append and takes the next, so a series has no gap and no number twice.
create table paper_number (
    series text    collate "C" not null,   -- unit, kind and year
    serial integer not null,
    stream text    collate "C" not null,   -- the case
    primary key (series, serial)
);

-- Own papers that a restored database read back from the feeds are in the log alone.
create index log_papers on log (unit, type, time)
where type in ('sanji.case.NoticeIssued.v1', 'sanji.case.CertificateIssued.v1');
