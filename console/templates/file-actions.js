import { html } from '../html.js';
import { useState } from 'preact/hooks';
import { copyText } from '../copy-button.js';
import { formatCount } from '../format.js';
import { createZip } from './zip.js';

/** What can be done with the file in the editor, and with all of them. */
export function FileActions({ tenant, drafts, mistakeCount, file, compares, setCompares }) {
  const [status, setStatus] = useState('');
  const { set, files, texts, change } = drafts;
  const folder = folderOf(set, tenant);

  const copy = async () => setStatus(await copyText(() => file.text, `Copied ${file.name}.`));
  function downloadFile() {
    save(file.name, new Blob([file.text], { type: 'text/plain' }));
    setStatus(`Downloaded ${file.name}.`);
  }
  function downloadFolder() {
    const entries = files
      .filter(({ own, isChanged }) => own || isChanged)
      .map(({ name, text }) => ({ name: `${folder}/${name}`, text }));
    save(`${folder}.zip`, new Blob([createZip(entries)], { type: 'application/zip' }));
    setStatus(`Downloaded ${folder}.zip. ${whatIsWrong(mistakeCount)}${whatToDo(set, folder)}`);
  }
  function discard() {
    change(tenant, file.name, file.onDisk, file.onDisk);
    setStatus(
      file.isNew
        ? `Removed ${file.name}, which was on this page only.`
        : `Discarded the changes of ${file.name}. Ctrl+Z in the text brings them back.`,
    );
  }

  return html`<div class="actions">
      <button
        type="button"
        aria-pressed=${String(compares)}
        disabled=${file.isNew === true}
        onClick=${() => setCompares(!compares)}
      >
        Compare
      </button>
      <button type="button" disabled=${!file.isChanged} onClick=${discard}>Discard</button>
      <button type="button" onClick=${copy}>Copy</button>
      <button type="button" onClick=${downloadFile}>Download file</button>
      <button
        type="button"
        class=${Object.keys(texts).length > 0 ? 'primary' : ''}
        onClick=${downloadFolder}
      >
        Download folder
      </button>
    </div>
    <p class="templates-status hint" role="status">${status}</p>`;
}

/** A set that comes with the product is not to be changed: its copy bears the tenant's name. */
function folderOf({ set, files }, tenant) {
  const isShipped = files.some(({ own, isShipped }) => own && isShipped);
  return isShipped ? tenant.replace(/[^\p{L}\p{N}_-]/gu, '-') : set;
}

function whatIsWrong(mistakeCount) {
  if (mistakeCount === 0) return '';
  const are = mistakeCount === 1 ? 'is' : 'are';
  return `The service will not take its files while there ${are} ${formatCount(mistakeCount, 'mistake')} to fix. `;
}

function whatToDo({ set }, folder) {
  return folder === set
    ? `Whoever runs the service puts its files into the folder ${folder} of the templates.`
    : `Whoever runs the service puts the folder into templatesDir, and writes template: ${folder} for this tenant.`;
}

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
