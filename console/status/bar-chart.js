import { html } from '../html.js';

const WIDTH = 10;
const GAP = 2;
const HEIGHT = 100;

/**
 * A bar for each value, the oldest first; none where there is no value.
 * @param {{ name: string, values: readonly (number | null)[], max?: number, minutes: number,
 *   format: (value: number) => string }} props `max` is the highest value when left out.
 */
export function BarChart({ name, values, max, minutes, format }) {
  const known = values.filter((value) => value !== null);
  const highest = Math.max(...known, 0);
  const scale = max ?? highest;
  const label =
    highest === 0
      ? `${name}, nothing in ${minutes} minutes`
      : `${name} over ${minutes} minutes, at most ${format(highest)} in half a minute`;
  return html`<div class="chart">
    <svg
      role="img"
      aria-label=${label}
      viewBox=${`0 0 ${values.length * WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      ${values.map((value, index) => {
        const height = !value || scale === 0 ? 0 : Math.max(3, (HEIGHT * value) / scale);
        return html`<rect
          key=${index}
          x=${index * WIDTH}
          y=${HEIGHT - height}
          width=${WIDTH - GAP}
          height=${height}
        />`;
      })}
    </svg>
    <p class="axis hint" aria-hidden="true">
      <span>${`${minutes} min ago`}</span>
      <span>${highest === 0 ? '' : `highest ${format(highest)}`}</span>
      <span>now</span>
    </p>
  </div>`;
}
