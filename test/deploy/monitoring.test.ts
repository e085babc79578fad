import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createMetrics } from '../../src/health/metrics';
import { binary, describeWith } from '../lab/binaries';
import { deployPath, readDeploy } from './manifests';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const alerts = (parse(readDeploy('prometheus/alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(readDeploy('grafana/peering-bot.json')) as Dashboard;

/** The names of samples in a query, without its functions and labels. */
const metricsIn = (expr: string): readonly string[] => expr.match(/\b(?:peering_bot|process)_\w+/g) ?? [];

/** The names of all samples that a process exposes. */
const exposed = async (): Promise<ReadonlySet<string>> => {
  const metrics = createMetrics(['check'], () => ['east']);
  const state = { queues: [], verdicts: undefined, slackConnected: true };
  const types = [...(await metrics.text(state)).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
};

it('asks in alerts and in the dashboard for metrics that exist, and for each of its own', async () => {
  const names = await exposed();
  const queries = [
    ...alerts.map(({ alert, expr }) => [alert, expr] as const),
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [title, expr] as const),
    ),
  ];
  const unknown = queries.flatMap(([title, expr]) =>
    metricsIn(expr)
      .filter((name) => !names.has(name))
      .map((name) => [title, name]),
  );
  expect(unknown).toEqual([]);
  const queried = new Set(queries.flatMap(([, expr]) => metricsIn(expr)));
  const family = (name: string): string => name.replace(/_(?:bucket|count|sum)$/, '');
  const forgotten = [...names].filter(
    (name) => name.startsWith('peering_bot_') && ![...queried].some((each) => family(each) === family(name)),
  );
  expect(forgotten).toEqual([]);
});

it('counts what every process shows once', () => {
  const shared = /\bpeering_bot_(?:verdict|findings|checked_\w+|peering_\w+|queue_\w+)/g;
  const once = /max by \([\w, ]+\) \(\s*peering_bot_(?:verdict|findings|checked_\w+|peering_\w+|queue_\w+)/g;
  const queries = [
    ...alerts.map(({ expr }) => expr),
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
  const repeated = queries.filter(
    (query) => (query.match(shared) ?? []).length !== (query.match(once) ?? []).length,
  );
  expect(queries.filter((query) => shared.test(query)).length).toBeGreaterThan(10);
  expect(repeated).toEqual([]);
});

describeWith(['promtool'], 'deploy/prometheus', () => {
  const promtool = (...words: readonly string[]) =>
    spawnSync(binary('promtool'), words, { cwd: deployPath('prometheus'), encoding: 'utf8' });

  it('passes promtool check rules and promtool test rules', () => {
    for (const words of [
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts_test.yml'],
    ]) {
      const { status, stderr } = promtool(...words);
      expect([words, status, stderr]).toEqual([words, 0, '']);
    }
  });

  it('has a dashboard whose queries parse', () => {
    const rules = dashboard.panels
      .flatMap(({ targets = [] }) => targets)
      .map(({ expr }, index) => ({
        record: `panel:${index + 1}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$cluster', '.*'),
      }));
    const folder = mkdtempSync(join(tmpdir(), 'peering-bot-dashboard-'));
    const file = join(folder, 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, stderr } = promtool('check', 'rules', file);
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('tests each alert', () => {
  const tests = readDeploy('prometheus/alerts_test.yml');
  expect(alerts.filter(({ alert }) => !tests.includes(`alertname: ${alert}\n`))).toEqual([]);
});
