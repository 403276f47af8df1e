/** @param json of any size: takes time linear in it. @returns the same with integers beyond 2^53 as texts. */
export function quoteLargeIntegers(json: string): string {
  const pieces: string[] = [];
  let written = 0;
  let outside = 0; // Here no text is open; the next one begins at `quote`.
  let quote = json.indexOf('"');
  for (const { 0: digits, index } of json.matchAll(/\d{16,400}/g)) {
    while (quote >= 0 && quote < index) {
      outside = endOfText(json, quote);
      quote = json.indexOf('"', outside);
    }
    const start = json[index - 1] === '-' ? index - 1 : index;
    const end = index + digits.length;
    const isPart = /[\d.eE+]/.test(json.charAt(start - 1)) || /[\d.eE]/.test(json.charAt(end));
    if (outside > index || isPart || Number.isSafeInteger(Number(digits))) continue;
    pieces.push(json.slice(written, start), '"', json.slice(start, end), '"');
    written = end;
  }
  return pieces.join('') + json.slice(written);
}

/** @returns the place after the text that begins there. */
function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end + 1;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
