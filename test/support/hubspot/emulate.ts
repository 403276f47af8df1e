/** `npm run emulate -- hubspot`: an account to try the bridge with. */
import { parseArgs } from 'node:util';
import { startHubSpotEmulator, TOKEN } from './emulator.ts';
import { listed } from '../fault-request.ts';
import { faultNames } from './faults.ts';
import { crowd, people } from './people.ts';

const PORT = 9401;

/** Starts the account, prints a configuration, runs until SIGINT. @param args `--port N`. */
export async function emulate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const { text, close } = await startAccount(Number(values.port ?? PORT));
  console.log(text);
  await new Promise((stop) => process.once('SIGINT', stop));
  await close();
}

/** @returns the text to show: a complete configuration; in comments people to look up and faults to inject. */
export async function startAccount(
  port: number,
): Promise<{ readonly text: string; readonly close: () => Promise<void> }> {
  const emulator = await startHubSpotEmulator({ port, tier: 'free' });
  crowd(emulator.data, 1_000);
  const text = `# A HubSpot account of the free tier is emulated at ${emulator.url}. Save this as my-bridge.yaml:

connections:
  marketing:
    connector: hubspot
    accessToken: ${TOKEN}
    baseUrl: ${emulator.url}
    fields:
      contact: [plan_tier, seats]
      company: [support_plan]
      deal: [seats_sold]
      ticket: [escalated]

tenants:
  acme:
    keys: [only-for-trying-it-out]
    connections: [marketing]

# In a second terminal:
#   npm run -s bridge -- check --config my-bridge.yaml --live
#   npm run -s bridge -- lookup acme ${people.maria} --trace -c my-bridge.yaml
#
# Known people: ${people.maria}, ${people.tom},
# ${people.ada}, ${people.noor} (also as ${people.noorAtHome}),
# visitor-0@crowd.example to visitor-999@crowd.example
# Unknown person at a known company: new.person@lumen-optics.example
#
# Count requests:   curl ${emulator.url}/__stats
# Inject a fault:   curl ${emulator.url}/__faults -d '{"fault":"hang","only":"deals/batch","times":3}'
${listed('"fault":', faultNames)}
# Add latency (ms): curl ${emulator.url}/__faults -d '{"latency":150}'
# Clear faults:     curl -X DELETE ${emulator.url}/__faults`;
  return { text, close: () => emulator.close() };
}
