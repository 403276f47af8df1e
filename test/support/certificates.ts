/** Certificates made by the openssl on this machine, and TLS servers that have them. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Authority extends AsyncDisposable {
  /** The file of the authority's own certificate, as `NODE_EXTRA_CA_CERTS` names it. */
  readonly file: string;
  /** @param days until it expires; below 0 it has. */
  issue(name: string, days?: number): Promise<Certificate>;
  /** Makes this process trust it. @returns a function that ends that. */
  trust(): () => void;
}

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-ca-'));
  const openssl = (...words: string[]) => run('openssl', words, { cwd: folder });
  const [key, file] = ['ca.key', join(folder, 'ca.pem')];
  const subject = ['-subj', '/CN=crm-bridge test authority'];
  await openssl('req', '-x509', ...NEW_KEY, '-days', '2', ...subject, '-keyout', key, '-out', file);
  const own = await readFile(file, 'utf8');
  let issued = 0;
  return {
    file,
    async issue(name, days = 2) {
      const leaf = `leaf${(issued += 1)}`;
      await openssl(
        ...['req', ...NEW_KEY, '-subj', `/CN=${name}`],
        ...['-keyout', `${leaf}.key`, '-out', `${leaf}.csr`],
      );
      await writeFile(join(folder, `${leaf}.ext`), `subjectAltName=DNS:${name}`);
      await openssl(
        ...['x509', '-req', '-in', `${leaf}.csr`, '-CA', file, '-CAkey', key, '-CAcreateserial'],
        ...['-days', String(days), '-extfile', `${leaf}.ext`, '-out', `${leaf}.pem`],
      );
      const read = (ending: string) => readFile(join(folder, leaf + ending), 'utf8');
      return { key: await read('.key'), cert: await read('.pem') };
    },
    trust() {
      const before = getCACertificates('default');
      setDefaultCACertificates([...before, own]);
      return () => setDefaultCACertificates(before);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

export interface TlsServer extends AsyncDisposable {
  readonly port: number;
}

/** Answers every request with `{}`. */
export async function listenTls(certificate: Certificate): Promise<TlsServer> {
  const server: Server = createServer(certificate, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await once(server.listen(0, 'localhost'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
