"""Trim, drop empty, normalised dedupe, drop conflicts, stratified split, shuffle, chat JSONL: in SQL."""

import sys

import duckdb

source, out = sys.argv[1:3]
con = duckdb.connect(config={"threads": 2, "memory_limit": "6GB"})
con.execute(f"""
    create table rows as
    select trim(prompt) as prompt, trim(completion) as completion,
           lower(regexp_replace(nfc_normalize(trim(prompt)), '\\s+', ' ', 'g')) as norm
    from read_csv('{source}', header=true, all_varchar=true)
    where trim(prompt) <> '' and trim(completion) <> ''
""")
con.execute(
    "create table once as select any_value(prompt) as prompt, completion, norm from rows group by norm, completion"
)
con.execute(
    "create table sure as select *, random() as draw from once "
    "where norm in (select norm from once group by norm having count(*) = 1)"
)
con.execute("""
    create table parts as
    select *, case when place < 0.1 * total then 'test' when place < 0.2 * total then 'validation' else 'train' end as part
    from (select *, row_number() over (partition by completion order by draw) - 1 as place,
                 count(*) over (partition by completion) as total from sure)
""")
for part in ("train", "validation", "test"):
    con.execute(f"""
        copy (select [{{'role': 'user', 'content': prompt}}, {{'role': 'assistant', 'content': completion}}] as messages
              from parts where part = '{part}' order by random())
        to '{out}/{part}.jsonl' (format json)
    """)
print(con.execute("select count(*) from parts").fetchone()[0], "rows kept")
