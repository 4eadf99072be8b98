// Words of the page in the visitor's language, and dates as that language writes them.

const LOCALES = { en: "en-GB", "zh-hans": "zh-CN", "zh-hant": "zh-TW" };
const HTML_LANG = { en: "en", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant" };

/** Telegram's language_code (IETF tag) as one of the three languages of the page. */
export function languageOf(code) {
  const tag = (code ?? "").toLowerCase().replace("_", "-");
  if (!tag.startsWith("zh")) return "en";
  return /hant|-tw|-hk|-mo/.test(tag) ? "zh-hant" : "zh-hans";
}

export class Text {
  constructor(strings) {
    this.strings = strings;
    this.use("en");
  }

  use(language) {
    this.language = language;
    this.words = this.strings[language] ?? this.strings.en;
    const locale = LOCALES[language] ?? "en-GB";
    document.documentElement.lang = HTML_LANG[language] ?? "en";
    this.clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.dayMonth = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
    this.fullDay = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
    this.shortDay = new Intl.DateTimeFormat(locale, { day: "numeric", month: "numeric" });
    this.exact = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });
    this.locale = locale;
  }

  /** The words for `key`, with `{name}` replaced by named values. */
  say(key, values = {}) {
    const pattern = this.words[key] ?? this.strings.en[key] ?? key;
    return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  time(unix) {
    return this.clock.format(unix * 1000);
  }

  full(unix) {
    return this.exact.format(unix * 1000);
  }

  /** A day for a separator: today, yesterday, a day of this year, or a full date. */
  day(unix, now = new Date()) {
    const date = new Date(unix * 1000);
    const distance = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
    if (distance === 0) return this.say("today");
    if (distance === 1) return this.say("yesterday");
    return (date.getFullYear() === now.getFullYear() ? this.dayMonth : this.fullDay).format(date);
  }

  /** A time or short date for the list of chats. */
  brief(unix, now = new Date()) {
    const date = new Date(unix * 1000);
    return startOfDay(date) === startOfDay(now) ? this.time(unix) : this.shortDay.format(date);
  }

  /** A `date_time` entity's format (Bot API 9.5: `r`, or `w`, `d`/`D`, `t`/`T`); null when it asks for nothing known. */
  formatted(unix, format, now = new Date()) {
    if (format === "r") return this.relative(unix - now.getTime() / 1000);
    if (!/^w?[dD]?[tT]?$/.test(format ?? "") || !format) return null;
    const options = {
      ...(format.includes("w") && { weekday: /D/.test(format) || format === "w" ? "long" : "short" }),
      ...(format.includes("d") && { year: "2-digit", month: "2-digit", day: "2-digit" }),
      ...(format.includes("D") && { year: "numeric", month: "long", day: "numeric" }),
      ...(/[tT]/.test(format) && { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      ...(format.includes("T") && { second: "2-digit" }),
    };
    return new Intl.DateTimeFormat(this.locale, options).format(unix * 1000);
  }

  relative(seconds) {
    const steps = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
    const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
    return new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
  }
}

export function dayKey(unix) {
  return startOfDay(new Date(unix * 1000));
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
