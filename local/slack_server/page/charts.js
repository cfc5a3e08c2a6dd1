// Blocks of type data_visualization as small SVG pictures with the numbers beside them as a table.

import { freshId, h, svg } from "./dom.js";
import { table } from "./tables.js";

const WIDTH = 480;
const HEIGHT = 200;
const PAD = { left: 48, right: 12, top: 12, bottom: 28 };
const SHADES = 6;

/** A figure with title, picture, legend and the numbers folded below. */
export function chart(block, surface) {
  const { chart: data = {}, title = "Chart" } = block;
  const isPie = data.type === "pie";
  const picture = isPie ? pie(data.segments ?? []) : axes(data);
  const titleId = freshId("chart");
  picture.setAttribute("aria-labelledby", titleId);
  return h("figure", { class: "chart" },
    h("figcaption", { id: titleId }, title),
    picture,
    legend(isPie ? (data.segments ?? []).map((one) => one.label) : (data.series ?? []).map((one) => one.name)),
    h("details", {}, h("summary", {}, "Numbers"), table({ rows: isPie ? pieRows(data) : seriesRows(data) }, surface)));
}

const raw = (text) => ({ type: "raw_text", text: String(text) });

function pieRows({ segments = [] }) {
  return [[raw("Part"), raw("Value")], ...segments.map((one) => [raw(one.label), raw(one.value)])];
}

function seriesRows(data) {
  const series = data.series ?? [];
  const head = [raw(data.axis_config?.x_label ?? ""), ...series.map((one) => raw(one.name))];
  const value = (one, label) => one.data?.find((point) => point.label === label)?.value ?? "";
  return [head, ...categories(data).map((label) => [raw(label), ...series.map((one) => raw(value(one, label)))])];
}

function categories(data) {
  return data.axis_config?.categories ?? [...new Set((data.series ?? []).flatMap((one) => (one.data ?? []).map((point) => point.label)))];
}

function legend(names) {
  if (names.length < 2) return null;
  return h("ul", { class: "legend" }, names.map((name, index) =>
    h("li", {}, svg("svg", { viewBox: "0 0 10 10", class: "swatch", "aria-hidden": "true" },
      svg("rect", { width: 10, height: 10, class: shade(index) })), name)));
}

const shade = (index) => `shade shade-${index % SHADES}`;

function axes(data) {
  const labels = categories(data);
  const series = data.series ?? [];
  const values = series.flatMap((one) => (one.data ?? []).map((point) => Number(point.value) || 0));
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + 1e-9);
  const scale = {
    x: (index) => PAD.left + ((index + 0.5) / Math.max(labels.length, 1)) * (WIDTH - PAD.left - PAD.right),
    y: (value) => PAD.top + (1 - (value - low) / (high - low)) * (HEIGHT - PAD.top - PAD.bottom),
    band: (WIDTH - PAD.left - PAD.right) / Math.max(labels.length, 1),
    low,
  };
  const draw = { bar: bars, area }[data.type] ?? line;
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "chart-picture" },
    [low, (low + high) / 2, high].map((value) => gridLine(value, scale)),
    tickLabels(labels, scale),
    series.map((one, index) => draw(one, index, labels, scale, series.length)));
}

function gridLine(value, { y }) {
  const words = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-GB") : String(Number(value.toPrecision(3)));
  return [
    svg("line", { x1: PAD.left, x2: WIDTH - PAD.right, y1: y(value), y2: y(value), class: "grid" }),
    svg("text", { x: PAD.left - 6, y: y(value) + 4, class: "tick end" }, words),
  ];
}

function tickLabels(labels, { x }) {
  const step = Math.ceil(labels.length / 8);
  return labels.map((label, index) =>
    index % step ? null : svg("text", { x: x(index), y: HEIGHT - 8, class: "tick middle" }, label));
}

function points(one, labels, { x, y }) {
  return labels.flatMap((label, index) => {
    const point = one.data?.find((other) => other.label === label);
    return point ? [[x(index), y(Number(point.value) || 0)]] : [];
  });
}

function line(one, index, labels, scale) {
  const corners = points(one, labels, scale);
  return [
    svg("polyline", { points: corners.map((corner) => corner.join(",")).join(" "), class: `line ${shade(index)}` }),
    corners.map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5, class: shade(index) })),
  ];
}

function area(one, index, labels, scale) {
  const corners = points(one, labels, scale);
  if (!corners.length) return [];
  const floor = scale.y(scale.low);
  const outline = [[corners[0][0], floor], ...corners, [corners.at(-1)[0], floor]];
  return [svg("polygon", { points: outline.map((corner) => corner.join(",")).join(" "), class: `area ${shade(index)}` }),
    line(one, index, labels, scale)];
}

function bars(one, index, labels, scale, count) {
  const width = (scale.band * 0.8) / count;
  const floor = scale.y(Math.max(0, scale.low));
  return points(one, labels, scale).map(([cx, cy]) =>
    svg("rect", {
      x: cx - scale.band * 0.4 + index * width,
      y: Math.min(cy, floor),
      width: Math.max(width - 1, 1),
      height: Math.abs(floor - cy),
      class: shade(index),
    }));
}

function pie(segments) {
  const total = segments.reduce((sum, one) => sum + (Number(one.value) || 0), 0) || 1;
  const corner = (turn) => [100 + 90 * Math.sin(turn * 2 * Math.PI), 100 - 90 * Math.cos(turn * 2 * Math.PI)];
  let turned = 0;
  const slices = segments.map((one, index) => {
    const part = (Number(one.value) || 0) / total;
    if (part > 0.9999) return svg("circle", { cx: 100, cy: 100, r: 90, class: shade(index) });
    const [x1, y1] = corner(turned);
    turned += part;
    const [x2, y2] = corner(turned);
    return svg("path", { d: `M100 100 L${x1} ${y1} A90 90 0 ${part > 0.5 ? 1 : 0} 1 ${x2} ${y2} Z`, class: shade(index) });
  });
  return svg("svg", { viewBox: "0 0 200 200", role: "img", class: "chart-picture pie" }, slices);
}
