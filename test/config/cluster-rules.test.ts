import { configuredMutesOf, configuredSeveritiesOf, findIdleRules } from '../../src/config/cluster-rules';
import { parseClustersFile } from '../../src/config/parse-clusters-file';

const clusters =
  'clusters:\n  prod-east: { address: "https://e:8501" }\n  staging: { address: "https://s:8501" }\n';
const mute = (more: string): string => `  - { owner: UOWNER, reason: known, ${more} }\n`;
const read = (text: string) => parseClustersFile(`${clusters}${text}`, '/etc/bot/clusters.yml');

describe('mutes and severities of the clusters file', () => {
  it('hold for the clusters that they name', () => {
    const found = read(
      `mutes:\n${mute('clusters: ["prod-*"], check: mesh-*, subject: web, until: 2026-12-31')}${mute('check: acl-*, until: "2027-01-01T10:00:00Z"')}severity:\n${mute('clusters: [all], check: peering-heartbeat, severity: info')}`,
    );
    if (!found.ok) throw new Error(JSON.stringify(found.error));
    const config = found.value;
    expect(configuredMutesOf(config, 'prod-east')).toMatchObject([
      {
        check: 'mesh-*',
        subject: 'web',
        by: 'UOWNER',
        untilMs: Date.parse('2027-01-01T00:00:00Z'),
        configuredAt: 'mutes[0] of clusters.yml',
      },
      { subject: null, untilMs: Date.parse('2027-01-01T10:00:00Z') },
    ]);
    expect(configuredMutesOf(config, 'staging').map(({ check }) => check)).toEqual(['acl-*']);
    expect(configuredSeveritiesOf(config, 'staging')).toMatchObject([{ severity: 'info', untilMs: null }]);
  });

  it.each([
    ['a mute without an end', `mutes:\n${mute('check: mesh-*')}`, 'mutes.0.until'],
    [
      'a mute without a reason',
      'mutes:\n  - { owner: U1A, check: a, until: 2026-12-31 }\n',
      'mutes.0.reason',
    ],
    ['an end on a day that is none', `mutes:\n${mute('check: a, until: 2027-02-31')}`, 'mutes.0.until'],
    [
      'an end at a time of such a day',
      `severity:\n${mute('check: a, severity: info, until: "2027-02-29T10:00:00Z"')}`,
      'severity.0.until',
    ],
    ['an end that is no time', `mutes:\n${mute('check: a, until: soon')}`, 'mutes.0.until'],
    ['an unknown severity', `severity:\n${mute('check: a, severity: fatal')}`, 'severity.0.severity'],
  ])('refuse %s', (_, text, path) => {
    const found = read(text);
    expect(found.ok ? [] : found.error.map((problem) => problem.path)).toEqual([path]);
  });

  it('that have no effect are found, each with its line', () => {
    const text = `mutes:\n${[
      'check: mesh-*, until: 2026-01-01',
      'check: mesh-gatewy-mode, until: 2026-12-31',
      'clusters: [prod-west], check: mesh-*, until: 2026-12-31',
      'check: mesh-*, until: 2026-12-31',
    ]
      .map(mute)
      .join('')}severity:\n${mute('check: nope, severity: info')}`;
    const found = read(text);
    if (!found.ok) throw new Error(JSON.stringify(found.error));
    const idle = findIdleRules(
      found.value,
      ['mesh-gateway-mode'],
      Date.parse('2026-11-27'),
      'clusters.yml',
      found.sound.positionOf,
    );
    expect(idle.map(({ path, line, isWarning }) => [path, line, isWarning])).toEqual([
      ['mutes.0', 5, true],
      ['mutes.1', 6, true],
      ['mutes.2', 7, true],
      ['severity.0', 10, true],
    ]);
  });
});
