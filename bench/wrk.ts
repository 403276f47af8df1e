/** The load of `wrk`, which is written in C: what another program than ours sees of a server. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pinned } from './cores.ts';
import type { Setting } from './measurement.ts';

const run = promisify(execFile);

export interface WrkResult {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

export async function hasWrk(): Promise<boolean> {
  // Without arguments it prints its usage and ends with 1.
  return run('wrk').then(
    () => true,
    (error: { readonly code?: unknown }) => error.code !== 'ENOENT',
  );
}

/** @param targets paths, asked for in rotation. @throws {Error} when an answer is not 200, or a connection breaks. */
export async function wrk(
  { cores, folder }: Setting,
  {
    port,
    connections,
    ms,
  }: { readonly port: number; readonly connections: number; readonly ms: number },
  targets: readonly string[],
): Promise<WrkResult> {
  const script = join(folder, 'wrk.lua');
  await writeFile(script, scriptFor(targets));
  const seconds = Math.max(1, Math.round(ms / 1000));
  const [program = '', ...args] = pinned(cores.load, [
    ...['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script],
    `http://127.0.0.1:${port}`,
  ]);
  const { stdout } = await run(program, args);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk met failures:\n${stdout}`);
  const [, requests, micros] = /^REQUESTS (\d+) (\d+)/m.exec(stdout) ?? [];
  const [, p50, p99] = /^LATENCY (\d+) (\d+)/m.exec(stdout) ?? [];
  return {
    requests: Number(requests),
    perSecond: (Number(requests) / Number(micros)) * 1e6,
    p50: Number(p50) / 1000,
    p99: Number(p99) / 1000,
  };
}

/** Asks with the headers of our own load. */
function scriptFor(targets: readonly string[]): string {
  return `local targets = {${targets.map((target) => `'${target}'`).join(',')}}
local n = 0
wrk.headers['Host'] = 'crm.example.com'
wrk.headers['Accept-Encoding'] = 'gzip'
wrk.headers['User-Agent'] = 'AppEngine-Google'
request = function()
  n = n % #targets + 1
  return wrk.format('GET', targets[n])
end
done = function(summary, latency)
  io.write(string.format('REQUESTS %d %d\\n', summary.requests, summary.duration))
  io.write(string.format('LATENCY %d %d\\n', latency:percentile(50), latency:percentile(99)))
end
`;
}
