import { html } from './html.js';
import { useRef } from 'preact/hooks';

/**
 * Tabs with the keys that screen readers announce: arrows, Home and End. Each is a link, so it can be bookmarked.
 * @param {{ tabs: readonly { id: string, name: string }[], current: string, onSelect: (id: string) => void }} props
 */
export function TabBar({ tabs, current, onSelect }) {
  const bar = useRef(null);

  function onKeyDown(event) {
    const last = tabs.length - 1;
    // By the focus: the page may not yet be drawn after the previous key.
    const index = [...bar.current.children].indexOf(event.target);
    const target = {
      ArrowRight: index === last ? 0 : index + 1,
      ArrowLeft: index === 0 ? last : index - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onSelect(tabs[target].id);
    bar.current.children[target].focus();
  }

  return html`<div
    class="tab-bar"
    role="tablist"
    aria-label="Console"
    ref=${bar}
    onKeyDown=${onKeyDown}
  >
    ${tabs.map(
      ({ id, name }) =>
        html`<a
          key=${id}
          id=${`tab-${id}`}
          href=${`#${id}`}
          role="tab"
          aria-selected=${String(id === current)}
          aria-controls=${`panel-${id}`}
          tabindex=${id === current ? 0 : -1}
          >${name}</a
        >`,
    )}
  </div>`;
}
