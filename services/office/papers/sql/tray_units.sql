select unit from paper_tray where digest = $1 and unit = any ($2::text[])
