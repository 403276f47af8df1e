const ADVICE = {
  auth: 'What to do: renew the credentials in the configuration, which is loaded again by itself. Then use Test connections on the tab Set-up.',
  misconfigured:
    'What to do: change what is named above in the configuration, which is loaded again by itself. Test connections on the tab Set-up says what is still missing.',
  quota:
    'What to do: wait until the calls are renewed, or raise the limit in the CRM. Until then, agents see what is cached.',
  rate_limited:
    'What to do: nothing, it is called again by itself. If this happens often, lower limits.concurrency of the connection.',
  timeout:
    'What to do: see whether the CRM is slow today. It is tried again by itself; until then, agents see what is cached.',
  unavailable:
    'What to do: see whether the CRM is down, and whether this machine reaches it through its firewall and proxy. It is tried again by itself.',
  bad_response:
    'What to do: see what answers at the address of the connection: a proxy, a sign-in page or another version of the API.',
};

/** @returns {string | undefined} what an operator can do, besides the connector's own words. */
export function adviceFor({ status, reasons, lastError, lastSuccessAt }) {
  if (status === 'pass') return undefined;
  if (isNotOpen({ reasons })) return ADVICE.misconfigured;
  if (reasons.some((reason) => reason.includes('only the reserve is left'))) return ADVICE.quota;
  const isLatest = lastError !== undefined && lastError.at >= (lastSuccessAt ?? '');
  return isLatest ? ADVICE[lastError.class] : undefined;
}

/** Whether the connection could not be opened. */
export function isNotOpen({ reasons }) {
  return reasons.some((reason) => reason.startsWith('not open'));
}
