import { useEffect, useState } from 'preact/hooks';

/** How long nothing may be typed before the service is asked. */
export const TYPING_MS = 300;

const NOTHING = {
  problems: [],
  mistakeCount: 0,
  warningCount: 0,
  pieces: [],
  error: undefined,
  pending: true,
};

/**
 * Everything that is wrong with a tenant's templates, a moment after they were changed.
 * @param {{ api: any, tenant: string, texts: object, loadedAt: string | undefined }} props
 */
export function useCheck({ api, tenant, texts, loadedAt }) {
  const [state, setState] = useState({ tenant, ...NOTHING });
  useEffect(() => {
    if (loadedAt === undefined) return undefined;
    setState((before) =>
      before.tenant === tenant ? { ...before, pending: true } : { tenant, ...NOTHING },
    );
    return afterTyping(async (signal) => {
      try {
        const path = `templates/${encodeURIComponent(tenant)}/check`;
        const answer = await api.post(path, { texts }, signal);
        if (signal.aborted) return;
        const { problems, problemCount, warningCount, pieces } = answer;
        const mistakeCount = problemCount - warningCount;
        const found = { problems, mistakeCount, warningCount, pieces };
        setState({ tenant, ...found, error: undefined, pending: false });
      } catch (error) {
        if (!signal.aborted) setState((before) => ({ ...before, error, pending: false }));
      }
    });
  }, [api, tenant, texts, loadedAt]);
  return state.tenant === tenant ? state : { tenant, ...NOTHING };
}

/** @param {(signal: AbortSignal) => void} ask @returns {() => void} which takes it back. */
export function afterTyping(ask) {
  const stop = new AbortController();
  const timer = setTimeout(() => ask(stop.signal), TYPING_MS);
  return () => {
    clearTimeout(timer);
    stop.abort();
  };
}
