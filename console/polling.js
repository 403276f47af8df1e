import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/**
 * Loads again and again while the tab is shown; a hidden browser tab asks for nothing.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load the same function between renderings.
 * @param {{ everyMs: number, active?: boolean }} options
 * @returns {{ data: T | undefined, updatedAt: string | undefined, error: Error | undefined, refresh: () => void }}
 *   `data` stays while there is an `error`; it came at `updatedAt`, ISO 8601.
 */
export function usePolling(load, { everyMs, active = true }) {
  const [state, setState] = useState({ data: undefined, updatedAt: undefined, error: undefined });
  const next = useRef(() => undefined);

  useEffect(() => {
    if (!active) return undefined;
    const stop = new AbortController();
    let timer;
    let running = false;
    const run = async () => {
      clearTimeout(timer);
      if (running || document.hidden) return;
      running = true;
      try {
        const data = await load(stop.signal);
        setState({ data, updatedAt: new Date().toISOString(), error: undefined });
      } catch (error) {
        if (!stop.signal.aborted) setState((before) => ({ ...before, error }));
      }
      running = false;
      if (!stop.signal.aborted) timer = setTimeout(run, everyMs);
    };
    next.current = run;
    document.addEventListener('visibilitychange', run);
    run();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', run);
    };
  }, [load, everyMs, active]);

  return { ...state, refresh: useCallback(() => void next.current(), []) };
}
