// Blocks of type table and data_table as plain HTML tables that scroll within their message.

import { h } from "./dom.js";
import { richText } from "./richtext.js";

/** A table block: the first row is its head, column_settings align and wrap. */
export function table(block, surface) {
  const settings = block.column_settings ?? [];
  return drawn(block.rows ?? [], surface, {
    classFor: (column) => [`align-${settings[column]?.align ?? "left"}`, settings[column]?.is_wrapped ? "wrapped" : ""].join(" "),
    label: "Table",
  });
}

/** A data_table block: captioned, one column names its row, numbers stand to the right; all its pages at once. */
export function dataTable(block, surface) {
  const rows = block.rows ?? [];
  const isNumber = (column) => rows[1]?.[column]?.type === "raw_number";
  return drawn(rows, surface, {
    classFor: (column) => (isNumber(column) ? "align-right" : "align-left"),
    rowHeader: block.row_header_column_index ?? 0,
    caption: block.caption,
    label: block.caption ?? "Table",
  });
}

function drawn([head = [], ...rows], surface, { classFor, rowHeader = -1, caption, label }) {
  const row = (cells, tagFor) =>
    h("tr", {}, cells.map((cell, column) => {
      const tag = tagFor(column);
      return h(tag, { class: classFor(column), scope: scopeOf(tag, tagFor === inHead) }, cellNode(cell, surface));
    }));
  // Focusable, so that a wide table can be scrolled with the arrow keys.
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", {},
      caption ? h("caption", {}, caption) : null,
      h("thead", {}, row(head, inHead)),
      h("tbody", {}, rows.map((cells) => row(cells, (column) => (column === rowHeader ? "th" : "td"))))));
}

const inHead = () => "th";

function scopeOf(tag, isHead) {
  if (tag !== "th") return null;
  return isHead ? "col" : "row";
}

function cellNode(cell, surface) {
  if (!cell) return "";
  if (cell.type === "rich_text") return richText(cell, surface.names);
  if (cell.type === "raw_number") return cell.text ?? String(cell.value);
  return cell.text ?? "";
}
