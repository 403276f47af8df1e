import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/**
 * One request at a time, started by the user: a new one aborts the one before. `data` stays until there is newer data.
 * @returns {{ data: any, error: Error | undefined, pending: boolean,
 *   run: (send: (signal: AbortSignal) => Promise<any>) => Promise<void> }}
 */
export function useRequest() {
  const [state, setState] = useState({ data: undefined, error: undefined, pending: false });
  const running = useRef(undefined);

  const run = useCallback(async (send) => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setState(({ data }) => ({ data, error: undefined, pending: true }));
    try {
      const data = await send(stop.signal);
      if (!stop.signal.aborted) setState({ data, error: undefined, pending: false });
    } catch (error) {
      if (!stop.signal.aborted) setState(({ data }) => ({ data, error, pending: false }));
    }
  }, []);
  useEffect(() => () => running.current?.abort(), []);

  return { ...state, run };
}
