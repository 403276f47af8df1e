/** Why a request was not answered with a lookup: the `outcome` of metrics and logs. */
export type Refusal =
  'draining' | 'unauthorized' | 'rate_limited' | 'method_not_allowed' | 'bad_request';
