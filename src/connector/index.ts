/** What a connector imports from the bridge; the package exports it as `snapengage-crm-bridge/connector`. */
export type * from './contract.ts';
export type * from '../model/profile.ts';
export {
  ConnectorError,
  NotAttemptedError,
  WrongPersonError,
  type ConnectorErrorKind,
} from './errors.ts';
export { openHttpPool, type HttpResponse, type HttpPool, type HttpRequest } from './http-client.ts';
export * from './kit.ts';
export { networkCause, StaleSocketError } from './http-failure.ts';
export type { Clock } from '../model/clock.ts';
export { compareMatches, type Match } from '../model/sort.ts';
export { UNKNOWN_CURRENCY } from '../model/intl.ts';
export { TimeSlice } from '../model/time-slice.ts';
export { closestMatch } from '../model/closest-match.ts';
export { toHttpUrl } from '../model/http-url.ts';
export { type WordKind } from '../model/profile-words.ts';
export * from './words.ts';
