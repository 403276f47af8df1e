import type { Configuration } from './configuration.ts';
import type { Path } from './problem.ts';
import { isQuotable, isSecretPath } from './quotable.ts';
import { isRecord } from './is-record.ts';

const HIDDEN = '…';
/** Keys of a connection's settings below which any text may be a secret. */
const MAY_HOLD_SECRETS = /auth|header|query|credential/i;

/**
 * The configuration for the operator's eyes: as it took effect, with defaults, durations in milliseconds.
 * @returns plain JSON with `…` for secrets and for all texts of connectors' settings that may be one.
 */
export function redactedView(configuration: Configuration): Readonly<Record<string, unknown>> {
  const { file, server, ops, log, cache, shared, connections, tenants, redactor } = configuration;
  const show = (
    value: unknown,
    path: Path,
    showText: (text: string, path: Path) => string,
  ): unknown => {
    if (value === undefined || value === null || typeof value === 'boolean') return value;
    if (isSecretPath(path)) return HIDDEN;
    if (typeof value === 'number') return value;
    if (typeof value === 'string') return showText(value, path);
    if (Array.isArray(value))
      return value.map((item, index) => show(item, [...path, index], showText));
    if (!isRecord(value)) return HIDDEN;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, show(item, [...path, key], showText)]),
    );
  };
  const redacted = (text: string) => redactor.redact(text, 'settings');
  const quotable = (text: string, path: Path) =>
    isQuotable(text) && !path.slice(2).some((step) => MAY_HOLD_SECRETS.test(String(step)))
      ? redacted(text)
      : HIDDEN;
  return {
    file,
    ...(show({ server, ops, log, cache, shared: shown(shared) }, [], redacted) as object),
    connections: Object.fromEntries(
      [...connections.values()].map(({ name, connector, limits, settings }) => [
        name,
        { connector, limits, settings: show(settings, ['connections', name], quotable) },
      ]),
    ),
    tenants: Object.fromEntries(
      [...tenants.values()].map((tenant) => [
        tenant.id,
        show({ ...tenant, templates: undefined }, ['tenants', tenant.id], redacted),
      ]),
    ),
  };
}

/** Without the user and password in the address. */
function shown(shared: Configuration['shared']) {
  if (shared === undefined) return undefined;
  const { protocol, host, pathname } = new URL(shared.url);
  return { ...shared, url: `${protocol}//${host}${pathname}` };
}
