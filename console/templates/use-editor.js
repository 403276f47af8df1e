import { useEffect, useState } from 'preact/hooks';

/**
 * The editor and the element it is in, which outlive what shows them: each file keeps its history.
 * @param {{ api: any, nonce: string }} props
 */
export function useEditor({ api, nonce }) {
  const [state, setState] = useState({ editor: undefined, element: undefined, error: undefined });
  useEffect(() => {
    let isGone = false;
    let editor;
    Promise.all([import('./editor.js'), api.get('completion')]).then(
      ([{ createEditor }, language]) => {
        if (isGone) return;
        const element = document.createElement('div');
        element.className = 'editor-parent';
        editor = createEditor({ parent: element, nonce, language });
        setState({ editor, element, error: undefined });
      },
      () => {
        const error = 'The editor cannot be loaded. Please reload the page.';
        if (!isGone) setState({ editor: undefined, element: undefined, error });
      },
    );
    return () => {
      isGone = true;
      editor?.destroy();
    };
  }, [api, nonce]);
  return state;
}
