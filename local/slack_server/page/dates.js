// Moments in a person's words: clock times, days, and the <!date^…> tokens of Slack's text.

const LOCALE = "en-GB";

/** A Slack ts ("1763000000.000100"), a number of seconds or an ISO text as a Date. */
export function momentOf(stamp) {
  const seconds = Number(stamp);
  return Number.isFinite(seconds) ? new Date(seconds * 1000) : new Date(stamp);
}

const format = (moment, options) => moment.toLocaleString(LOCALE, options);

export const clock = (moment) => format(moment, { hour: "2-digit", minute: "2-digit" });
export const fullMoment = (moment) => format(moment, { dateStyle: "full", timeStyle: "medium" });

/** "Today", "Yesterday" or the date with its weekday. */
export function day(moment) {
  return prettyDay(moment) ?? format(moment, { weekday: "long", day: "numeric", month: "long" });
}

function prettyDay(moment) {
  const days = Math.round((startOfDay(new Date()) - startOfDay(moment)) / 86_400_000);
  return { 0: "Today", 1: "Yesterday", "-1": "Tomorrow" }[days] ?? null;
}

function startOfDay(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}

function ago(moment) {
  const seconds = Math.round((Date.now() - moment.getTime()) / 1000);
  const steps = [[86_400, "day"], [3600, "hour"], [60, "minute"]];
  const [size, unit] = steps.find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.round(seconds / size), unit);
}

const numeric = (moment) => format(moment, { year: "numeric", month: "2-digit", day: "2-digit" });
const short = (moment) => format(moment, { day: "numeric", month: "short", year: "numeric" });
const plain = (moment) => format(moment, { day: "numeric", month: "long", year: "numeric" });
const long = (moment) => format(moment, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** Tokens of https://docs.slack.dev/messaging/formatting-message-text (date formatting). */
const TOKENS = {
  date_num: numeric,
  date_slash: numeric,
  date: plain,
  date_short: short,
  date_long: long,
  date_long_full: long,
  date_pretty: (moment) => prettyDay(moment) ?? plain(moment),
  date_short_pretty: (moment) => prettyDay(moment) ?? short(moment),
  date_long_pretty: (moment) => prettyDay(moment) ?? long(moment),
  day_divider_pretty: day,
  time: clock,
  time_secs: (moment) => format(moment, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago,
};

/** The text of a <!date^seconds^format…> token; null where the moment is not a number, so that the fallback shows. */
export function fromTokens(seconds, template) {
  const moment = momentOf(Number(seconds));
  if (Number.isNaN(moment.getTime())) return null;
  return template.replace(/\{(\w+)\}/g, (whole, token) =>
    Object.hasOwn(TOKENS, token) ? TOKENS[token](moment) : whole,
  );
}

/** "1.4 MB", as file lists say it. */
export function sizeInWords(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let size = Number(bytes) || 0;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
