/** Loads all modules of the editor side by side: the page has their links in a `template`. */
export function preloadEditor() {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById('editor-modules'));
  document.head.append(template.content);
}
