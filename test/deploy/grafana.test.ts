import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEPLOY, readDashboard, type Panel } from './queries.ts';

const PROVISIONING = join(DEPLOY, 'grafana/provisioning');

describe('the Grafana dashboard', () => {
  const { panels, templating, schemaVersion, uid } = readDashboard();
  const charts = panels.filter(({ type }) => type !== 'row');

  it('can be imported into Grafana 11 and later, under an address that stays', () => {
    expect(schemaVersion).to.be.at.least(39);
    expect(uid).to.match(/^[a-z-]{1,40}$/);
  });

  it('takes data source, tenants and connections from variables, and names no data source itself', () => {
    expect(templating.list.map(({ name, type }) => [name, type])).to.deep.equal([
      ['datasource', 'datasource'],
      ['tenant', 'query'],
      ['connection', 'query'],
    ]);
    for (const { title, datasource, targets = [] } of charts) {
      expect(datasource?.uid, title).to.equal('${datasource}');
      for (const target of targets) expect(target.datasource.uid, title).to.equal('${datasource}');
    }
  });

  it('has a row for each of the seven questions of docs/operations.md, in their order', () => {
    const guide = readFileSync(join(DEPLOY, '../docs/operations.md'), 'utf8');
    const section = /\n## Seven questions\n(.*?)\n## /s.exec(guide)?.[1] ?? '';
    const questions = [...section.matchAll(/^### \d\. (.*)$/gm)].map(([, question]) => question);
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(questions).to.have.length(7);
    expect(rows).to.deep.equal(questions);
  });

  it('has every panel that docs/operations.md names in bold', () => {
    const guide = readFileSync(join(DEPLOY, '../docs/operations.md'), 'utf8');
    const [ours = ''] = /\n## Seven questions\n.*?(?=\n## Tracing one lookup\n)/s.exec(guide) ?? [];
    const titles = [...ours.matchAll(/\*\*([^*]+)\*\*/g)].map(([, title = '']) =>
      title.replaceAll(/\s+/g, ' '),
    );
    expect(titles).to.have.length.above(10);
    for (const title of titles) expect(charts.map((chart) => chart.title)).to.include(title);
  });

  it('says of every panel what it shows, in which unit, and asks for something', () => {
    for (const { title, description = '', fieldConfig, targets = [] } of charts) {
      expect(title).to.match(/^[A-Z]/);
      expect(description, title).to.match(/\.$/);
      expect(fieldConfig?.defaults.unit, title).to.be.a('string').that.is.not.empty;
      expect(targets, title).not.to.be.empty;
      const ids = targets.map(({ refId }) => refId);
      expect(new Set(ids), title).to.have.property('size', ids.length);
    }
  });

  it('has no two panels with one id or one title', () => {
    for (const all of [panels.map(({ id }) => id), charts.map(({ title }) => title)]) {
      expect(new Set<unknown>(all).size).to.equal(all.length);
    }
  });

  it('puts no panel over another or over the edge', () => {
    const taken = new Map<string, Panel['title']>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x} ${y}`), `${title} at ${x} ${y}`).to.equal(undefined);
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });
});

describe('the provisioning of Grafana', () => {
  it('adds the Prometheus of compose.yaml and the folder of the dashboard', () => {
    const read = (file: string) => parse(readFileSync(join(PROVISIONING, file), 'utf8')) as unknown;
    expect(read('datasources/prometheus.yaml')).to.have.nested.include({
      apiVersion: 1,
      'datasources[0].type': 'prometheus',
      'datasources[0].url': 'http://prometheus:9090',
    });
    expect(read('dashboards/crm-bridge.yaml')).to.have.nested.include({
      apiVersion: 1,
      'providers[0].type': 'file',
      'providers[0].options.path': '/etc/grafana/provisioning/dashboards',
    });
  });

  it('knows the interval of the scrapes, on which the windows of the panels depend', () => {
    const interval = (file: string, key: RegExp) =>
      key.exec(readFileSync(join(DEPLOY, file), 'utf8'))?.[1];
    const known = interval(
      'grafana/provisioning/datasources/prometheus.yaml',
      /timeInterval: (\w+)/,
    );
    expect(known).to.equal(interval('prometheus/prometheus.yml', /scrape_interval: (\w+)/));
  });
});
