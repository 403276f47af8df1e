import { render } from 'preact';
import { html } from './html.js';
import { App } from './app.js';
import { preloadEditor } from './templates/preload-editor.js';

if (location.hash === '#templates') preloadEditor();
else addEventListener('load', () => (window.requestIdleCallback ?? setTimeout)(preloadEditor));
render(html`<${App} />`, document.getElementById('app'));
