/** `npm run emulate -- hubspot`: the emulated account to try the bridge with. */
import { parseArgs } from 'node:util';
import { startHubSpotEmulator, TOKEN } from './emulator.ts';
import { crowd, people } from './people.ts';

const PORT = 9401;

/** Starts the account, prints a connection to paste, runs until SIGINT. @param args `--port N`. */
export async function emulate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const emulator = await startHubSpotEmulator({
    port: Number(values.port ?? PORT),
    tier: 'free',
  });
  crowd(emulator.data, 1_000);
  console.log(`# An emulated HubSpot account, free tier. Known: ${people.maria}, ${people.tom},
# ${people.noorAtHome} (a second address), visitor-0@crowd.example to visitor-999@crowd.example
connections:
  marketing:
    connector: hubspot
    accessToken: ${TOKEN}
    baseUrl: ${emulator.url}
    fields: { contact: [plan_tier, seats], company: [support_plan], deal: [seats_sold], ticket: [escalated] }`);
  await new Promise((stop) => process.once('SIGINT', stop));
  await emulator.close();
}
