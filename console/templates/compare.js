import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/** The text of the disk and that of the editor side by side, to be read. The caller destroys it. */
export function showComparison({ parent, look, text, onDisk }) {
  const side = (doc, label) => ({
    doc,
    extensions: [
      look,
      EditorState.readOnly.of(true),
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    ],
  });
  return new MergeView({
    parent,
    a: side(onDisk, 'Text on the disk'),
    b: side(text, 'Text in the editor'),
    gutter: false,
    collapseUnchanged: { margin: 3, minSize: 6 },
  });
}
