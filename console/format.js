/** Times, durations and counts for the reader's eyes. */

/** @param {string} iso @param {string} [timeZone] that of the browser by default. */
export function formatTime(iso, timeZone) {
  return write(iso, { ...DATE, ...TIME, timeZoneName: 'short' }, timeZone);
}

/** Without the date. @param {string} iso @param {string} [timeZone] */
export function formatClock(iso, timeZone) {
  return write(iso, TIME, timeZone);
}

/** @param {number} ms */
export function formatMs(ms) {
  if (ms >= 10_000) return `${formatNumber(ms / 1000)} s`;
  return `${formatNumber(ms)} ms`;
}

/** With one decimal below 10. @param {number} value */
export function formatNumber(value) {
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** @param {number} bytes */
export function formatMegabytes(bytes) {
  const megabytes = bytes / 2 ** 20;
  return `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function formatCount(count, one, many = `${one}s`) {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** @type {Intl.DateTimeFormatOptions} */
const DATE = { year: 'numeric', month: 'short', day: 'numeric' };
/** @type {Intl.DateTimeFormatOptions} */
const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };

function write(iso, options, timeZone) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  try {
    return new Intl.DateTimeFormat(undefined, { ...options, timeZone }).format(date);
  } catch {
    // A zone that the service knows and the browser does not.
    return new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' }).format(date);
  }
}
