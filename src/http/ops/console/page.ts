/** The console's only HTML: it names the modules and styles, everything else is made by scripts. */
import { posix } from 'node:path';
import type { Asset, Assets } from './assets.ts';

const ENTRY = 'main.js';
/** Imported once the tab Templates is shown, and loaded before by the links in {@link renderPage}'s template. */
const EDITOR = 'templates/editor.js';

/** @param nonce for the import map, and for the styles that CodeMirror adds. */
export function renderPage(assets: Assets, nonce: string): string {
  const urlOf = (path: string) => `/console/assets/${assets.version}/${path}`;
  const importMap = {
    imports: Object.fromEntries(
      [...assets.libraries].map(([specifier, path]) => [specifier, urlOf(path)]),
    ),
    integrity: Object.fromEntries(
      scriptsOf(assets).map(([path, { integrity }]) => [urlOf(path), integrity]),
    ),
  };
  const preload = (path: string) => {
    const integrity = assets.files.get(path)?.integrity ?? '';
    return `<link rel="modulepreload" href="${urlOf(path)}" integrity="${integrity}">`;
  };
  const first = importedBy(ENTRY, assets);
  const ofEditor = importedBy(EDITOR, assets).filter((path) => !first.includes(path));
  const styles = [...assets.files.keys()]
    .filter((path) => path.endsWith('.css'))
    .map((path) => `<link rel="stylesheet" href="${urlOf(path)}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>crm-bridge</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${urlOf('icon.svg')}">
${styles.join('\n')}
<script type="importmap" nonce="${nonce}">${JSON.stringify(importMap)}</script>
${first.map(preload).join('\n')}
<script type="module" src="${urlOf(ENTRY)}"></script>
<link rel="preload" as="fetch" crossorigin href="/console/api/overview">
<template id="editor-modules">
${ofEditor.map(preload).join('\n')}
</template>
</head>
<body data-nonce="${nonce}">
<div id="app"></div>
<noscript>This page needs JavaScript. GET /health has the figures as JSON.</noscript>
</body>
</html>
`;
}

/** Nothing from elsewhere, no inline script or style but those with the nonce, and no markup made from text. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function scriptsOf({ files }: Assets): readonly (readonly [string, Asset])[] {
  return [...files].filter(([path]) => path.endsWith('.js'));
}

/** Loaded before the page can be used: the modules that `entry` imports, directly or through others. */
function importedBy(entry: string, { files, libraries }: Assets): readonly string[] {
  const found = new Set([entry]);
  for (const path of found) {
    for (const [, specifier = ''] of files.get(path)?.text.matchAll(STATIC_IMPORT) ?? []) {
      const target = specifier.startsWith('.')
        ? posix.join(posix.dirname(path), specifier)
        : libraries.get(specifier);
      if (target !== undefined) found.add(target);
    }
  }
  return [...found];
}
const STATIC_IMPORT = /^(?:import|export)\s(?:[^'";]*\sfrom\s)?\s*['"]([^'"]+)['"]/gm;
