import { html } from '../html.js';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { sentenceOf } from './problems.js';

/** The text of a file in the editor of `useEditor`. */
export function CodeEditor({ tenant, file, compares, drafts, check, fields, target, loaded }) {
  const { editor, element, error } = loaded;
  const place = useRef(null);
  const { change } = drafts;
  const key = `${tenant}/${file.name}`;

  // All before anything is drawn: the editor never stands there with the text, the name or the mistakes of another
  // file, and what is typed right after a click on a problem goes to where it leads.
  const onDisk = file.onDisk;
  useLayoutEffect(() => {
    editor?.open({
      ...{ key, name: file.name, text: file.text, onDisk, compares },
      onChange: (text) => change(tenant, file.name, text, onDisk),
    });
  }, [editor, key, file.text, onDisk, compares]);
  useLayoutEffect(() => {
    if (element !== undefined) place.current.append(element);
  }, [element]);
  useLayoutEffect(() => {
    if (check.tenant !== tenant) return;
    const own = check.problems.filter((problem) => problem.file === file.name);
    editor?.showProblems(own.map((problem) => ({ ...problem, sentence: sentenceOf(problem) })));
  }, [editor, key, compares, check.problems]);
  useLayoutEffect(() => {
    editor?.setContext({ pieces: check.pieces, fields });
  }, [editor, check.pieces, fields]);
  useLayoutEffect(() => {
    if (target !== undefined && (target.file === file.name || target.file === '')) {
      editor?.goTo(target.line, target.column);
    }
  }, [editor, target]);

  return html`<div class="editor-box">
    ${
      compares &&
      html`<p class="compare-head hint">
        <span>On the disk${file.isChanged ? '' : ', and here: no difference'}</span>
        <span>Here</span>
      </p>`
    }
    ${error !== undefined && html`<p class="notice bad" role="alert">${error}</p>`}
    ${editor === undefined && error === undefined && html`<p class="loading">Loading the editor …</p>`}
    <div ref=${place} class="editor-place"></div>
    <p class="hint editor-hint">
      <button
        type="button"
        disabled=${editor === undefined || compares}
        onClick=${() => editor.suggest()}
      >
        Insert …
      </button>
      Ctrl+Space, too, shows what can be written at the cursor. Tab leaves the text.
    </p>
  </div>`;
}
