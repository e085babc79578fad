import { linkListener } from '../../src/app/listeners';
import type { AccessConfig, Config } from '../../src/config/config';
import { contextOf } from '../../src/slack/define';
import { actorOf, clusterOf, configOf, fakeTools, ownedBy, requestBy } from '../slack/support';

/** A preview is read by the whole channel, and asked for by a person who may be a guest. */

const uiOf = (cluster: string): string => `https://${cluster}.example/ui`;
const names = ['prod-east', 'prod-west'];

const configWith = (access: AccessConfig): Config => ({
  ...configOf(access),
  clusters: new Map([
    ['prod-east', { ...clusterOf('prod-east'), peers: { west: 'prod-west' } }],
    ['prod-west', clusterOf('prod-west')],
  ]),
  owners: new Map(
    [...ownedBy(Object.fromEntries(names.map((name) => [name, { name }])))].map(([name, owner]) => [
      name,
      { ...owner, ui: uiOf(name) },
    ]),
  ),
});

/** The previews of links to both clusters, each with a run that is not ready. */
const previews = async (
  access: AccessConfig,
  user = 'UMEMBER',
): Promise<Readonly<Record<string, string>>> => {
  const { tools } = fakeTools({ config: configWith(access) });
  const at = '2026-11-27T08:00:00.000Z';
  const latest = async (clusters: readonly string[]) =>
    new Map(clusters.map((name) => [name, { run: name, verdict: 'not-ready' as const, at, peers: [] }]));
  const context = contextOf(requestBy(actorOf(user)), { ...tools, reports: { ...tools.reports, latest } });
  const urls = names.map((name) => `${uiOf(name)}/dc1/services`);
  const shown = await linkListener.previews({ user, channel: 'C1', ts: '1.1', urls }, context);
  return Object.fromEntries(Object.entries(shown).map(([url, preview]) => [url, JSON.stringify(preview)]));
};

const grant = (more: object): AccessConfig => ({
  restrict: true,
  grants: [{ allow: ['check'], users: ['*'], ...more }],
});

const eastUrl = `${uiOf('prod-east')}/dc1/services`;
const westUrl = `${uiOf('prod-west')}/dc1/services`;

describe('previews of links', () => {
  it('show the newest results of clusters that everyone in the channel may check', async () => {
    const shown = await previews(grant({}));
    expect(Object.keys(shown)).toEqual([eastUrl, westUrl]);
    for (const text of Object.values(shown)) expect(text).toContain('not ready');
  });

  it('show nothing to a channel for the right of the person who posts the link', async () => {
    expect(await previews(grant({ users: ['UMEMBER'] }))).toEqual({});
  });

  it('show nothing to a guest, although the channel may see it', async () => {
    expect(await previews(grant({}), 'UGUEST')).toEqual({});
  });

  it('show no cluster that the channel may not see', async () => {
    expect(Object.keys(await previews(grant({ clusters: ['prod-west'] })))).toEqual([westUrl]);
  });

  it('show no result that may name the other side of a peering that the channel may not see', async () => {
    const shown = await previews(grant({ clusters: ['prod-east'] }));
    expect(Object.keys(shown)).toEqual([eastUrl]);
    expect(shown[eastUrl]).not.toContain('not ready');
  });
});
