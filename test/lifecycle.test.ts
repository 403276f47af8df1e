import { connect } from 'node:net';
import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, ONE_TENANT, startService } from './support/service.ts';

const PATH = '/v1/acme/contact/acme-key-0123456789';

describe('shutting down', () => {
  it('answers what is in flight, refuses what comes, and ends with 0', async () => {
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(ONE_TENANT.replace('moody }', 'moody, delay: 400 }')) },
    });
    const inFlight = supertest(service.url)
      .get(`${PATH}?email=slow@b.example`)
      .then((a) => a);
    await arrived(service.opsUrl);
    service.signal('SIGTERM');
    expect((await supertest(service.opsUrl).get('/readyz')).status).to.equal(503);
    expect((await supertest(service.opsUrl).get('/healthz')).status).to.equal(200);
    expect((await supertest(service.opsUrl).get('/health')).status).to.equal(503);
    const refused = await supertest(service.url).get(`${PATH}?email=jane@b.example`);
    expect(refused.status).to.equal(503);
    expect(refused.headers['connection']).to.equal('close');
    const answered = await inFlight;
    expect(answered.status).to.equal(200);
    expect(answered.headers['x-lookup-outcome']).to.equal('found');
    expect(await service.ended).to.equal(0);
  });

  it('answers a stuck lookup as unavailable before drainTimeout ends', async () => {
    const yaml = ONE_TENANT.replace('deadline: 1s', 'deadline: 60s');
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(yaml).replace('drainTimeout: 3s', 'drainTimeout: 700ms') },
    });
    const stuck = supertest(service.url)
      .get(`${PATH}?email=hang@b.example`)
      .then((a) => a);
    await arrived(service.opsUrl);
    service.signal('SIGINT');
    const answer = await stuck;
    expect(answer.status).to.equal(200);
    expect(answer.headers['x-lookup-outcome']).to.equal('unavailable');
    expect(await service.ended).to.equal(0);
  });

  it('takes signals within 2 s as one request to stop, a later one as a reason to exit at once', async () => {
    let seconds = 100;
    const yaml = ONE_TENANT.replace('deadline: 1s', 'deadline: 60s');
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(yaml).replace('drainTimeout: 3s', 'drainTimeout: 700ms') },
      uptime: () => seconds,
    });
    const stuck = supertest(service.url)
      .get(`${PATH}?email=hang@b.example`)
      .then((a) => a);
    await arrived(service.opsUrl);
    service.signal('SIGINT');
    service.signal('SIGTERM');
    seconds += 1.9;
    service.signal('SIGINT');
    service.signal('SIGTERM');
    seconds += 0.1;
    expect(() => service.signal('SIGTERM')).to.throw('exit(1)');
    expect(() => service.signal('SIGINT')).to.throw('exit(1)');
    expect((await stuck).status).to.equal(200);
    expect(await service.ended).to.equal(0);
  });

  it('does not wait for idle keep-alive connections', async () => {
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    service.signal('SIGTERM');
    expect(await service.ended).to.equal(0);
    socket.destroy();
  });
});

/** Waits until a lookup has reached the connection. */
async function arrived(opsUrl: string): Promise<void> {
  for (;;) {
    const { text } = await supertest(opsUrl).get('/health');
    if (/"lookups":\s*[1-9]/.test(text)) return;
  }
}
