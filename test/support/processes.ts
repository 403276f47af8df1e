/** Several processes of one configuration over one Redis, each the whole service. */
import { bridgeYaml, startService, type Service } from './service.ts';
import { uniquePrefix } from './shared-redis.ts';

export const TENANT_KEY = 'acme-key-0123456789';

export interface Processes {
  /** In the order of their start. */
  readonly services: readonly Service[];
  /** @param port of the public listener, any by default. @param redisUrl by which this process reaches Redis. */
  start(port?: number, redisUrl?: string): Promise<Service>;
  close(): Promise<void>;
}

/** The answer to a lookup. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly outcome: string | null;
  /** `Cache-Status` without the name of the cache. */
  readonly cache: string | undefined;
  readonly ms: number;
}

/** @param body what `bridge.yaml` has besides `server`, `ops`, `shared` and `tenants`. */
export function createProcesses(
  redisUrl: string,
  body = 'connections: { crm: { connector: moody } }',
  tenant = '',
): Processes & { readonly prefix: string } {
  const services: Service[] = [];
  const prefix = uniquePrefix();
  const yaml = processYaml({ prefix, body, tenant });
  return {
    services,
    prefix,
    async start(port = 0, url = redisUrl) {
      const [first] = services;
      const service = await startService({
        files: { 'bridge.yaml': yaml },
        env: { PORT: String(port), REDIS_URL: url },
        ...(first === undefined ? {} : { folder: first.folder }),
      });
      services.push(service);
      return service;
    },
    async close() {
      for (const service of services.splice(0)) await service.close();
    },
  };
}

/** The configuration of each of them; the environment's `PORT` and `REDIS_URL` say what differs. */
export function processYaml({
  prefix,
  body,
  tenant = '',
}: {
  readonly prefix: string;
  readonly body: string;
  readonly tenant?: string;
}): string {
  const yaml = bridgeYaml(`${body}
tenants: { acme: { keys: [${TENANT_KEY}], connections: [crm], deadline: 3s, json: true${tenant} } }
shared: { url: "\${REDIS_URL}", prefix: ${prefix}, keys: ["BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="] }`);
  return yaml.replace('port: 0', 'port: "${PORT}"');
}

export async function ask({ url }: Pick<Service, 'url'>, email: string): Promise<Answer> {
  const start = performance.now();
  const query = `email=${encodeURIComponent(email)}`;
  const response = await fetch(`${url}/v1/acme/contact/${TENANT_KEY}?${query}`);
  const text = await response.text();
  return {
    status: response.status,
    text,
    outcome: response.headers.get('x-lookup-outcome'),
    cache: response.headers.get('cache-status')?.replace('crm-bridge; ', ''),
    ms: performance.now() - start,
  };
}

/** A route of the ops listener. */
export async function ops({ opsUrl }: Pick<Service, 'opsUrl'>, path: string, method = 'GET') {
  const response = await fetch(`${opsUrl}${path}`, { method });
  return { status: response.status, text: await response.text() };
}

/** @returns the value of one series; 0 when there is none. */
export async function metric(service: Pick<Service, 'opsUrl'>, series: string): Promise<number> {
  const { text } = await ops(service, '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? 0);
}

export async function joined(service: Pick<Service, 'opsUrl'>): Promise<boolean> {
  const { text } = await ops(service, '/health');
  return (JSON.parse(text) as { shared: { joined: boolean } }).shared.joined;
}
