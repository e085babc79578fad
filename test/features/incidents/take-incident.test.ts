import { WebClient } from '@slack/web-api';
import type { Config } from '../../../src/config/config';
import { incidentButtons } from '../../../src/features/incidents/incident-buttons';
import { incidentRows } from '../../../src/features/incidents/incident.message';
import { createIncidents, type Incidents } from '../../../src/features/incidents/incidents.store';
import { type Incident, observedState } from '../../../src/features/incidents/incident';
import type { RedisClient } from '../../../src/redis/redis';
import { section } from '../../../src/render/slack/blocks';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { startBotOn } from '../../slack/bot';
import { configOf } from '../../slack/support';
import { sealer } from '../../sealer';
import { connectTestRedis } from '../../redis-client';

/** The buttons of an incident in the hands of people: the bot, Redis, and the local workspace. */

jest.setTimeout(60_000);

const { requester, approver, guest } = people;
const channel = channels.platform;
const whole = { check: null, peer: null, otherSides: [] };
const cluster = { name: 'prod-east', peers: {} };

describeWith(['redis'], 'an incident, clicked', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  let incidents: Incidents;
  let incident: Incident;
  let ts: string;
  const ends: (() => unknown)[] = [];
  const config: Config = configOf({
    restrict: true,
    grants: [{ allow: ['check'], users: [requester.id, approver.id], clusters: ['prod-east'] }],
  });
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'asking');
    await waitFor('redis', () => redis.status === 'ready');
    incidents = createIncidents(redis, sealer);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
    ends.push(slack.stop);
    ends.push(await startBotOn(slack, server.url, config));
    const begun = await incidents.observe(cluster, observedState('not-ready', whole, undefined), Date.now());
    if (begun === undefined) throw new Error('no incident');
    incident = begun;
    const client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl });
    const blocks = [section('above'), ...incidentRows([incident]), section('below')];
    ts = (await client.chat.postMessage({ channel, text: 'a card', blocks })).ts ?? '';
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const present = async () => (await incidents.of(['prod-east'], Date.now())).get('prod-east');
  const card = () => JSON.stringify(slack.messages(channel).find((message) => message.ts === ts)?.blocks);
  const click = (user: string, { id }: { readonly id: string }) => slack.click(user, ts, id);
  const told = (user: string) => slack.ephemerals(user, channel);

  it('shows in the message who is on it, with all that was there, and who no longer is', async () => {
    await click(requester.id, incidentButtons.take);
    await slack.until(() => card().includes(`<@${requester.id}>`), 'the name');
    expect([card().includes('above'), card().includes('below')]).toEqual([true, true]);
    expect((await present())?.taken?.by).toBe(requester.id);
    await click(approver.id, incidentButtons.release);
    await slack.until(() => !card().includes(`<@${requester.id}>`), 'nobody');
    expect((await present())?.taken).toBeNull();
    expect(told(requester.id)).toEqual([]);
  });

  it('keeps the first of two people who are on it', async () => {
    await incidents.take(incident, approver.id, Date.now());
    await click(requester.id, incidentButtons.take);
    await slack.until(() => card().includes(`<@${approver.id}>`), 'the first name');
    await slack.until(() => told(requester.id).length === 1, 'the answer');
    expect((await present())?.taken?.by).toBe(approver.id);
  });

  it('takes nothing from an incident that began later', async () => {
    await incidents.observe(cluster, observedState('ready', whole, undefined), Date.now());
    await incidents.observe(cluster, observedState('not-ready', whole, undefined), Date.now() + 1000);
    await click(requester.id, incidentButtons.take);
    await slack.until(() => !card().includes(incidentButtons.take.id), 'the end of the row');
    expect((await present())?.taken).toBeNull();
  });

  it.each([
    ['without the right to check the cluster', people.lead.id],
    ['who is a guest', guest.id],
  ])('takes no click of a person %s', async (_, user) => {
    slack.state.channels.get(channel)?.members.add(user);
    await click(user, incidentButtons.take);
    await slack.until(() => told(user).length === 1, 'the refusal');
    expect((await present())?.taken).toBeNull();
    expect(card()).toContain(incidentButtons.take.id);
  });
});
