import { html } from '../html.js';
import { useState } from 'preact/hooks';
import { TenantField } from '../tenant-field.js';
import { CodeEditor } from './code-editor.js';
import { useDrafts } from './drafts.js';
import { FileActions } from './file-actions.js';
import { FileList } from './file-list.js';
import { Preview } from './preview.js';
import { Problems } from './problems.js';
import { useCheck } from './use-check.js';
import { useEditor } from './use-editor.js';

/** A tenant's templates in an editor, beside them what an agent would read. Nothing is written to the disk. */
export function TemplatesTab({ active, overview, tenant, selectTenant, api, nonce }) {
  const drafts = useDrafts({ api, tenant, active, loadedAt: overview.configuration.loadedAt });
  const { set, error, files, current, texts } = drafts;
  const check = useCheck({ api, tenant, texts, loadedAt: set?.loadedAt });
  const loaded = useEditor({ api, nonce });
  const [fields, setFields] = useState({});
  const [compares, setCompares] = useState(false);
  const [target, setTarget] = useState(undefined);

  /** @param place in any file, such as that of a problem. */
  function goTo(place) {
    setCompares(false);
    if (place.file !== '') drafts.select(place.file);
    setTarget({ ...place });
  }

  const file = files.find(({ name }) => name === current);
  return html`<div class="templates-head">
      <${TenantField} tenants=${overview.tenants} tenant=${tenant} selectTenant=${selectTenant} />
      ${
        set !== undefined &&
        html`<${FileActions}
          tenant=${tenant}
          drafts=${drafts}
          mistakeCount=${check.mistakeCount}
          file=${file}
          compares=${compares}
          setCompares=${setCompares}
        />`
      }
    </div>
    ${error !== undefined && html`<p class="notice bad" role="alert">${error.message}</p>`}
    ${
      overview.configuration.lastReloadError !== undefined &&
      html`<p class="notice warn">
        The last reload found problems, so these are the files as they were before it. ${' '}
        <a href="#status">Status</a> has the problems.
      </p>`
    }
    ${
      set === undefined
        ? error === undefined && html`<p class="loading" role="status">Loading …</p>`
        : html`<div class="templates-work">
            <${FileList}
              tenant=${tenant}
              drafts=${drafts}
              problems=${check.problems}
              onCreate=${(name) => goTo({ file: name, line: 1, column: 1 })}
            />
            <section class="template-editor" aria-label="Text">
              <${CodeEditor}
                tenant=${tenant}
                file=${file}
                compares=${compares}
                drafts=${drafts}
                check=${check}
                fields=${fields}
                target=${target}
                loaded=${loaded}
              />
              <${Problems} check=${check} current=${current} onSelect=${goTo} />
            </section>
            <${Preview}
              tenant=${tenant}
              set=${set}
              texts=${texts}
              current=${current}
              active=${active}
              api=${api}
              onFields=${setFields}
            />
          </div>`
    }`;
}
