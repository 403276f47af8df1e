/** How the editor looks: the colours of `base.css`, so that light and dark follow the page. */
import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export const HIGHLIGHTS = HighlightStyle.define([
  {
    tag: [
      tags.keyword,
      tags.controlKeyword,
      tags.definitionKeyword,
      tags.moduleKeyword,
      tags.operatorKeyword,
    ],
    color: 'var(--code-keyword)',
  },
  { tag: [tags.variableName, tags.propertyName], color: 'var(--code-word)' },
  { tag: tags.function(tags.variableName), color: 'var(--code-filter)' },
  { tag: [tags.string], color: 'var(--code-text)' },
  { tag: [tags.number, tags.bool, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.brace, tags.punctuation, tags.derefOperator, tags.bracket], color: 'var(--muted)' },
]);

const tooltip = {
  border: '1px solid var(--line)',
  borderRadius: '8px',
  background: 'var(--panel)',
  color: 'var(--text)',
  boxShadow: '0 6px 24px rgb(0 0 0 / 18%)',
};

function underline(color) {
  return {
    backgroundImage: 'none',
    textDecoration: `underline wavy ${color}`,
    textUnderlineOffset: '3px',
    textDecorationSkipInk: 'none',
  };
}

export const THEME = EditorView.theme({
  '&': { background: 'var(--field)', color: 'var(--text)', fontSize: '0.8125rem' },
  // The frame around it shows the focus.
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--text)', padding: '0.6rem 0' },
  '.cm-gutters': { background: 'var(--field)', color: 'var(--muted)', border: 'none' },
  '&.cm-focused .cm-activeLine': { background: 'var(--accent-soft)' },
  '.cm-activeLine': { background: 'none' },
  '.cm-tooltip': tooltip,
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '17em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.25rem 0.6rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'var(--accent)',
    color: 'var(--on-accent)',
  },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-tooltip.cm-completionInfo': { ...tooltip, padding: '0.5rem 0.75rem', maxWidth: '22rem' },
  // The library would draw them with images of `data:` addresses, which the page does not allow.
  '.cm-lintRange.cm-lintRange-error': underline('var(--bad)'),
  '.cm-lintRange.cm-lintRange-warning': underline('var(--warn)'),
  '.cm-lintRange.cm-lintRange-active': { background: 'var(--bad-soft)' },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--bad) !important' },
  '.cm-diagnostic': { padding: '0.4rem 0.75rem', fontFamily: 'system-ui, sans-serif' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '4px solid var(--warn)' },
  '.cm-panels': { background: 'var(--panel)', color: 'var(--text)' },
  '.cm-changedLine': { background: 'var(--warn-soft) !important' },
  '.cm-changedText, .cm-deletedText': {
    background: 'color-mix(in srgb, var(--warn) 28%, transparent) !important',
  },
  '.cm-collapsedLines': {
    padding: '0.15rem 0.75rem',
    background: 'var(--raised)',
    color: 'var(--muted)',
  },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"⋯" !important' },
});
