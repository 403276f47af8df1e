/** The table: what Salesforce says, and what it means for the bridge. */
import { expect } from 'chai';
import {
  apiError,
  firstError,
  subrequestError,
  SessionExpired,
  tokenError,
} from '../../../connectors/salesforce/errors.ts';

const response = (status: number) => ({ status, retryAfterMs: undefined });
const SECRET = 'SELECT Id FROM Contact WHERE Email = jane@acme.example';

describe('errors of the REST API', () => {
  for (const [status, errorCode, kind] of [
    [403, 'REQUEST_LIMIT_EXCEEDED', 'quota'],
    [401, 'INVALID_AUTH_HEADER', 'auth'],
    [403, 'API_DISABLED_FOR_ORG', 'misconfigured'],
    [400, 'INVALID_FIELD', 'misconfigured'],
    [400, 'INVALID_TYPE', 'misconfigured'],
    [400, 'MALFORMED_QUERY', 'misconfigured'],
    [400, 'QUERY_TOO_COMPLICATED', 'misconfigured'],
    [400, 'LIMIT_EXCEEDED', 'misconfigured'],
    [404, 'NOT_FOUND', 'misconfigured'],
    [410, 'ERROR_HTTP_410', 'misconfigured'],
    [503, 'SERVER_UNAVAILABLE', 'unavailable'],
    [503, 'ERROR_HTTP_503', 'unavailable'],
    [500, 'UNKNOWN_EXCEPTION', 'unavailable'],
    [502, 'ERROR_HTTP_502', 'unavailable'],
    [420, 'ERROR_HTTP_420', 'misconfigured'],
    [429, 'ERROR_HTTP_429', 'rate_limited'],
    [400, 'NEVER_SEEN_BEFORE', 'misconfigured'],
    [403, 'NEVER_SEEN_BEFORE', 'misconfigured'],
    [403, 'ERROR_HTTP_403', 'misconfigured'],
    [418, 'ERROR_HTTP_418', 'misconfigured'],
    [499, 'ERROR_HTTP_499', 'misconfigured'],
    [401, 'NEVER_SEEN_BEFORE', 'auth'],
    [408, 'ERROR_HTTP_408', 'timeout'],
    [200, 'NEVER_SEEN_BEFORE', 'bad_response'],
    [399, 'ERROR_HTTP_399', 'bad_response'],
    [599, 'ERROR_HTTP_599', 'unavailable'],
  ] as const) {
    it(`${status} ${errorCode} is ${kind}, for an answer and for a part of one`, () => {
      const thrown = Object.assign(new Error(SECRET), { errorCode });
      for (const error of [
        apiError(thrown, response(status)),
        subrequestError('leads', errorCode, status),
      ]) {
        expect(error).to.include({ kind });
        expect(error.message).to.not.contain(SECRET).and.not.contain('NEVER_SEEN');
      }
    });
  }

  it('a 401 for an expired session is worth a new sign-in', () => {
    for (const errorCode of ['INVALID_SESSION_ID', 'ERROR_HTTP_401'])
      expect(apiError({ errorCode }, response(401))).to.be.instanceOf(SessionExpired);
  });

  it('of several errors the first counts', () => {
    const data = [{ errorCode: 'INVALID_SESSION_ID', message: 'x' }, { errorCode: 'OTHER' }];
    expect(apiError({ errorCode: 'MULTIPLE_API_ERRORS', data }, response(401))).to.be.instanceOf(
      SessionExpired,
    );
  });

  it('a body that is not an error has no code', () => {
    for (const body of [undefined, null, '<html>', [], [null], {}, [{ errorCode: 1 }]])
      expect(firstError(body).code).to.equal('');
  });
});

describe('errors of the token endpoint', () => {
  for (const [name, description, kind, advice] of [
    ['invalid_client', 'invalid client credentials', 'auth', 'clientId or clientSecret'],
    ['invalid_grant', 'no client credentials user enabled', 'auth', 'no Run-As user'],
    ['invalid_grant', 'request not supported on this domain', 'auth', 'My Domain'],
    ['invalid_grant', 'expired access/refresh token', 'auth', 'authorize again'],
    ['invalid_grant', 'audience is invalid', 'auth', 'audience'],
    ['invalid_grant', "user hasn't approved this consumer", 'auth', 'not approved'],
    ['inactive_user', 'user is inactive', 'auth', 'frozen'],
    ['never_seen_before', 'x', 'auth', 'docs/salesforce.md'],
    ['invalid_client', 'app must be installed into org', 'auth', 'install its package'],
    ['app_not_found', 'External client app is not installed', 'auth', 'install its package'],
    ['OAUTH_EC_APP_NOT_FOUND', 'External client app is not installed', 'auth', 'not in this org'],
    ['OAUTH_APP_BLOCKED', 'this app is blocked by admin', 'auth', 'unblock it'],
    ['OAUTH_APP_ACCESS_DENIED', 'user is not admin approved', 'auth', 'Permitted Users'],
    ['invalid_app_access', 'user is not admin approved', 'auth', 'Permitted Users'],
    ['invalid_grant', 'ip restricted', 'auth', 'IP Ranges'],
    ['invalid_grant', 'ip restricted or invalid login hours', 'auth', 'Ranges and Login Hours'],
    ['invalid_grant', 'invalid login hours', 'auth', 'Login Hours'],
    ['invalid_grant', 'invalid assertion', 'auth', 'certificate of the app'],
    ['invalid_grant', 'token validity expired', 'auth', 'Refresh Token Policy'],
    ['invalid_grant', 'login rate exceeded', 'rate_limited', '3,600'],
    ['unknown_error', 'retry your request', 'unavailable', 'try again'],
    ['NEVER_SEEN_BEFORE', 'x', 'auth', 'docs/salesforce.md'],
    ['rate_limit_exceeded', 'login rate exceeded', 'rate_limited', '3,600'],
    ['INVALID_GRANT', 'Login Rate Limit Exceeded', 'rate_limited', '3,600'],
    ['LOGIN_RATE_EXCEEDED', '', 'rate_limited', '3,600'],
    ['INVALID_CLIENT', 'Invalid Client Credentials', 'auth', 'clientId or clientSecret'],
    ['Invalid_Client', '', 'auth', 'clientId or clientSecret'],
    ['invalid_client_credentials', 'client secret invalid', 'auth', 'clientId or clientSecret'],
    ['INACTIVE_USER', 'user is inactive', 'auth', 'frozen'],
    ['UNSUPPORTED_GRANT_TYPE', '', 'auth', 'does not allow this flow'],
    ['SERVER_ERROR', '', 'unavailable', 'Salesforce failed'],
    ['invalid_scope', 'no scope', 'auth', 'Manage user data via APIs'],
  ] as const) {
    it(`${name} (${description}) is ${kind}`, () => {
      const thrown = Object.assign(new Error(description), { name });
      const error = tokenError(thrown, response(400), 'clientCredentials');
      expect(error).to.include({ kind });
      expect(error.message).to.contain(`(${name})`).and.contain(advice);
    });
  }

  it('a refusal names the settings that the flow signs in with, and no access token', () => {
    const messageOf = (name: string, status: number, flow: Parameters<typeof tokenError>[2]) =>
      tokenError(Object.assign(new Error('x'), { name }), response(status), flow).message;
    expect(messageOf('ERROR_HTTP_401', 401, 'clientCredentials')).to.equal(
      'Salesforce, sign-in (HTTP 401): clientId or clientSecret is not accepted',
    );
    expect(messageOf('ERROR_HTTP_401', 401, 'jwtBearer')).to.contain(
      ': clientId, username or privateKey is',
    );
    expect(messageOf('ERROR_HTTP_401', 401, 'refreshToken')).to.contain(
      ': clientId, clientSecret or refreshToken is',
    );
    expect(messageOf('invalid_client', 401, 'jwtBearer')).to.match(/: clientId is wrong$/);
    expect(messageOf('invalid_client', 400, 'refreshToken')).to.contain('clientId or clientSecret');
    expect(messageOf('ERROR_HTTP_404', 404, 'clientCredentials')).to.match(/check loginUrl$/);
  });

  it('a page instead of an answer is judged by its status', () => {
    const page = (status: number) =>
      tokenError(
        Object.assign(new Error('<html>'), { name: `ERROR_HTTP_${status}` }),
        response(status),
        'clientCredentials',
      );
    expect(page(503)).to.include({ kind: 'unavailable' });
    expect(page(404)).to.include({ kind: 'misconfigured' });
    expect(page(403)).to.include({ kind: 'misconfigured' });
    expect(page(408)).to.include({ kind: 'timeout' });
    expect(page(200)).to.include({ kind: 'bad_response' });
    expect(page(503).message).not.to.contain('html');
  });
});
