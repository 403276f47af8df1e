/** The contract every connector keeps, as one mocha suite: the rules themselves are in `connector-rules.ts`. */
import { connectorRules, NotOffered, type Prepared } from './connector-rules.ts';

export type { KnownPerson, Prepared } from './connector-rules.ts';

/**
 * One test per rule of the contract, each against a fresh system that `prepare` sets up. A rule that needs
 * something `prepare` does not offer (`hang`, `companyDomain`, …) shows as pending.
 *
 * @param name as the suite is to be called, such as `csv`.
 * @param prepare starts the CRM's double, or writes files; whatever it opened ends by its `close`.
 */
export function describeConnector(name: string, prepare: () => Promise<Prepared>): void {
  describe(`the connector contract: ${name}`, () => {
    for (const { rule, check } of connectorRules) {
      it(rule, async function () {
        const prepared = await prepare();
        try {
          await check(prepared);
        } catch (error) {
          if (!(error instanceof NotOffered)) throw error;
          this.skip();
        } finally {
          await prepared.close();
        }
      });
    }
  });
}
