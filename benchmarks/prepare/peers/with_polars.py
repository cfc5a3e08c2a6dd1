"""Trim, drop empty, normalised dedupe, drop conflicts, stratified split, shuffle, chat JSONL: as expressions."""

import sys

import polars as pl

source, out = sys.argv[1:3]
rows = pl.read_csv(source, infer_schema=False)
rows = rows.with_columns(pl.all().str.strip_chars())
rows = rows.filter((pl.col("prompt") != "") & (pl.col("completion") != ""))
rows = rows.with_columns(
    norm=pl.col("prompt").str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ")
)
rows = rows.unique(["norm", "completion"], keep="first", maintain_order=True)
rows = rows.filter(pl.col("completion").n_unique().over("norm") == 1)
rows = rows.sample(fraction=1.0, shuffle=True, seed=42)
rows = rows.with_columns(place=pl.int_range(pl.len()).over("completion") / pl.len().over("completion"))
parts = {
    "test": rows.filter(pl.col("place") < 0.1),
    "validation": rows.filter((pl.col("place") >= 0.1) & (pl.col("place") < 0.2)),
    "train": rows.filter(pl.col("place") >= 0.2),
}
for name, part in parts.items():
    part.select(
        messages=pl.concat_list(
            pl.struct(role=pl.lit("user"), content=pl.col("prompt")),
            pl.struct(role=pl.lit("assistant"), content=pl.col("completion")),
        )
    ).write_ndjson(f"{out}/{name}.jsonl")
print(sum(len(part) for part in parts.values()), "rows kept")
