/** @returns milliseconds as they are shown: nobody reads more than a tenth of one. */
export function roundToTenth(ms: number): number {
  return Math.round(ms * 10) / 10;
}
