// Times as people in China read them, on the community's clock.

const parts = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "numeric", day: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", weekday: "long",
});

function split(at) {
  return Object.fromEntries(parts.formatToParts(at).map((part) => [part.type, part.value]));
}

function daysBetween(a, b) {
  return Math.round((Date.UTC(a.year, a.month - 1, a.day) - Date.UTC(b.year, b.month - 1, b.day)) / 86400000);
}

/** "14:05", "昨天 14:05", "星期三 14:05", "11月3日 14:05"; `short` leaves out the clock on other days. */
export function timeWords(iso, { short = false, now = new Date() } = {}) {
  const at = split(new Date(iso));
  const today = split(now);
  const clock = `${at.hour}:${at.minute}`;
  const days = daysBetween(today, at);
  if (days <= 0) return clock;
  const year = at.year === today.year ? "" : `${at.year}年`;
  const day = days === 1 ? "昨天" : days < 7 ? at.weekday : `${year}${at.month}月${at.day}日`;
  return short ? day : `${day} ${clock}`;
}
