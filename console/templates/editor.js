/** CodeMirror, set up for our templates. Loaded when the tab is first shown. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, isolateHistory } from '@codemirror/commands';
import { closePercentBrace, liquidLanguage } from '@codemirror/lang-liquid';
import { LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { showComparison } from './compare.js';
import { createCompletion } from './completion.js';
import { HIGHLIGHTS, THEME } from './editor-theme.js';
import { TYPE_OVER_SELECTION } from './typing.js';

/** A change that was not typed. */
const FROM_OUTSIDE = Annotation.define();

/**
 * @param {{ parent: HTMLElement, nonce: string, language: object }} options `language` as `GET completion` answers.
 */
export function createEditor({ parent, nonce, language }) {
  const look = [
    EditorView.cspNonce.of(nonce),
    new LanguageSupport(liquidLanguage),
    syntaxHighlighting(HIGHLIGHTS),
    THEME,
    EditorView.lineWrapping,
    lineNumbers(),
  ];
  const context = { language, pieces: [], fields: {} };
  const states = new Map();
  let shown;
  /** @type {(text: string) => void} */
  let onChange = () => undefined;
  let comparison;
  /** What was typed and may come back as the text to show. */
  const typed = new Set();

  const view = new EditorView({ parent, state: EditorState.create({ extensions: look }) });

  function report(text) {
    typed.add(text);
    onChange(text);
  }

  function createState(name, text) {
    return EditorState.create({
      doc: text,
      extensions: [
        look,
        highlightActiveLine(),
        history(),
        TYPE_OVER_SELECTION,
        closeBrackets(),
        closePercentBrace,
        liquidLanguage.data.of({ closeBrackets: { brackets: ['{', '"'] } }),
        autocompletion({ override: [createCompletion(context)], icons: false }),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
        EditorView.contentAttributes.of({
          ...{ 'aria-label': `Text of ${name}`, spellcheck: 'false' },
          tabindex: '0',
        }),
        EditorView.updateListener.of((update) => {
          if (
            update.docChanged &&
            !update.transactions.some((each) => each.annotation(FROM_OUTSIDE))
          )
            report(update.state.doc.toString());
        }),
      ],
    });
  }

  function compare(isWanted, text, onDisk) {
    comparison?.destroy();
    comparison = undefined;
    view.dom.hidden = isWanted;
    if (isWanted) comparison = showComparison({ parent, look, text, onDisk });
  }

  return {
    /** Shows a file, with its history if it was open before. `onChange` is called with what was typed. */
    open({ key, name, text, onDisk, compares, onChange: listener }) {
      if (shown !== key) {
        if (shown !== undefined) states.set(shown, view.state);
        onChange = () => undefined;
        view.setState(states.get(key) ?? createState(name, text));
        shown = key;
        typed.clear();
      }
      onChange = listener;
      const now = view.state.doc.toString();
      if (now === text) typed.clear();
      // An earlier text comes back when more is typed before the page is drawn.
      else if (!typed.has(text)) {
        view.dispatch({
          changes: { from: 0, to: now.length, insert: text },
          // Undone apart from what was typed right before.
          annotations: [FROM_OUTSIDE.of(true), isolateHistory.of('full')],
        });
      }
      compare(compares && onDisk !== undefined, text, onDisk);
    },
    showProblems(problems) {
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.flatMap((each) => toDiagnostic(view.state, each)),
        ),
      );
    },
    /** What completion knows besides the language: the pieces, and fields of the person that is shown. */
    setContext: (more) => void Object.assign(context, more),
    /** Puts the cursor there. */
    goTo(lineNumber, column) {
      const line = view.state.doc.line(Math.min(lineNumber, view.state.doc.lines));
      const at = Math.min(line.from + column - 1, line.to);
      view.dispatch({
        selection: { anchor: at },
        effects: EditorView.scrollIntoView(at, { y: 'center' }),
      });
      view.focus();
    },
    /** Offers what can be written at the cursor. */
    suggest() {
      view.focus();
      startCompletion(view);
    },
    destroy() {
      comparison?.destroy();
      view.destroy();
    },
  };
}

function toDiagnostic({ doc }, { line: number, column, length, severity, sentence }) {
  if (number > doc.lines) return [];
  const line = doc.line(number);
  const from = Math.min(line.from + column - 1, line.to);
  const to = Math.min(from + length, line.to);
  return [{ from, to, severity, message: sentence }];
}
