/**
 * A tenant's files: as they are on the disk, and as they were changed here. Changes of all tenants are kept, also when
 * the page is loaded again, until the browser's tab is closed.
 */
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';

const FIRST = 'found.liquid';
const NONE = Object.freeze({});
const STORED_AS = 'crm-bridge template changes';

/**
 * @param {{ api: object, tenant: string, active: boolean, loadedAt: string }} props `loadedAt` changes when the
 *   service has read the files again.
 */
export function useDrafts({ api, tenant, active, loadedAt }) {
  const [sets, setSets] = useState({});
  const [error, setError] = useState(undefined);
  const [changes, setChanges] = useState(readStored);
  const [selected, setSelected] = useState({});
  const set = sets[tenant];
  const isLoaded = set?.loadedAt === loadedAt;

  useEffect(() => {
    if (!active || isLoaded || tenant === '') return undefined;
    const stop = new AbortController();
    setError(undefined);
    api.get(`templates/${encodeURIComponent(tenant)}`, stop.signal).then(
      (loaded) => {
        setSets((before) => ({ ...before, [tenant]: { ...loaded, loadedAt } }));
        // What is on the disk by now is no change any more.
        setChanges((before) => ({ ...before, [tenant]: differing(before[tenant], loaded.files) }));
      },
      (reason) => stop.signal.aborted || setError(reason),
    );
    return () => stop.abort();
  }, [api, tenant, active, loadedAt, isLoaded]);

  const texts = changes[tenant] ?? NONE;
  const hasChanges = Object.values(changes).some((each) => Object.keys(each).length > 0);
  // Before the change is shown, so that what is seen is kept.
  useLayoutEffect(() => store(changes), [changes]);
  useEffect(() => {
    if (!hasChanges) return undefined;
    const ask = (event) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [hasChanges]);

  const files = useMemo(() => mergeFiles(set?.files ?? [], texts), [set, texts]);
  const current = files.some(({ name }) => name === selected[tenant]) ? selected[tenant] : FIRST;

  const change = useCallback((id, name, text, onDisk) => {
    setChanges((before) => {
      const next = { ...before[id], [name]: text };
      if (text === onDisk) delete next[name];
      return { ...before, [id]: next };
    });
  }, []);
  const select = useCallback(
    (name) => setSelected((before) => ({ ...before, [tenant]: name })),
    [tenant],
  );
  return { set, error, files, texts, current, change, select };
}

/** Those of the disk with their changes, then new ones. `text` is the latest, `onDisk` is missing for a new file. */
function mergeFiles(onDisk, texts) {
  const known = onDisk.map((file) => ({
    ...file,
    onDisk: file.text,
    text: texts[file.name] ?? file.text,
    isChanged: file.name in texts,
  }));
  const names = new Set(onDisk.map(({ name }) => name));
  const added = Object.entries(texts)
    .filter(([name]) => !names.has(name))
    .map(([name, text]) => ({ name, text, own: true, isChanged: true, isNew: true }));
  return [...known, ...added];
}

function differing(texts = {}, files) {
  const onDisk = new Map(files.map(({ name, text }) => [name, text]));
  return Object.fromEntries(
    Object.entries(texts).filter(([name, text]) => onDisk.get(name) !== text),
  );
}

/** @returns {Record<string, Record<string, string>>} changed texts by tenant and file. */
function readStored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED_AS) ?? '{}');
  } catch {
    return {}; // the browser keeps nothing
  }
}

function store(changes) {
  try {
    sessionStorage.setItem(STORED_AS, JSON.stringify(changes));
  } catch {
    // More than the browser keeps: the changes stay until the page is loaded again.
  }
}
