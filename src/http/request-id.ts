import { randomUUID } from 'node:crypto';

const safe = /^[A-Za-z0-9_.:-]{1,64}$/;

/** @param incoming the header `X-Request-Id`. @returns it when it is safe to log and echo, else a new UUID. */
export function requestId(incoming: string | undefined): string {
  return incoming !== undefined && safe.test(incoming) ? incoming : randomUUID();
}
