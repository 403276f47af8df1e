/** From an answer on the wire to JSON. */
import { HubSpotError, refusal, type Circumstances, type Incoming } from './errors.ts';

/**
 * @returns the JSON of an answer with a status from 200 to 299; 207 is a success with some absent.
 * @throws {HubSpotError} for every other status, and `bad_response` for HTML, a missing content type, an
 *   empty body or broken JSON. HubSpot's client would give `{}` for HTML and lose the status for the rest.
 */
export function understand(operation: string, answer: Incoming, given: Circumstances): unknown {
  if (answer.status < 200 || answer.status > 299) throw refusal(operation, answer, given);
  const type = answer.headers['content-type'] ?? '';
  const senseless = (what: string): HubSpotError =>
    new HubSpotError('bad_response', `HubSpot, ${operation}: ${what} (${answer.status})`, {
      status: answer.status,
    });
  if (answer.text.trim() === '') throw senseless('an empty answer');
  if (type === '') throw senseless('an answer without a content type');
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type))
    throw senseless('an answer that is not JSON');
  try {
    return JSON.parse(answer.text) as unknown;
  } catch {
    // The parser's message would quote the answer.
    throw senseless('broken JSON');
  }
}
