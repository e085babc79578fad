import type { Config } from '../../../src/config/config';
import { approvalButtons } from '../../../src/features/approvals/cards/buttons';
import { runButtons } from '../../../src/features/history/run-buttons';
import { digestButtons } from '../../../src/features/digests/digest-buttons';
import { filterActionId } from '../../../src/features/check/details-filter';
import { renderFailure } from '../../../src/render/slack/failure';
import { historyButtons } from '../../../src/features/history/history-buttons';
import { homeButtons } from '../../../src/features/home/home-buttons';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { createSigner } from '../../../src/signing/sign';
import { openApprovals } from '../../../src/features/approvals/store/approvals.store';
import { openAudit } from '../../../src/features/audit/audit.store';
import { createDefinitions } from '../../../src/features/digests/definitions.store';
import type { RedisClient } from '../../../src/redis/redis';
import { describeWith } from '../../lab/binaries';
import { startBotOn } from '../../slack/bot';
import { nameOf } from '../../slack/stored';
import { sealer, signingKey } from '../../sealer';
import { homeConfig, useHomeStage } from './home-stage';

/** App Home and stored runs in the hands of people: the bot with its worker, Redis, and the local workspace. */

jest.setTimeout(60_000);

const { requester, approver, lead, guest } = people;
const worst = nameOf(0);

describeWith(['redis'], 'App Home, clicked', () => {
  let redis: RedisClient;
  let redisUrl: string;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  const start = useHomeStage(ends);

  // Nothing listens there, so a request to a cluster would fail.
  const clusters = new Map(
    [...homeConfig.clusters].map(([name, one]) => [name, { ...one, address: 'http://127.0.0.1:1' }]),
  );
  const config: Config = {
    ...homeConfig,
    clusters,
    access: { restrict: false, grants: [{ allow: ['digest'], users: [requester.id] }] },
    approvals: {
      channel: channels.approvals,
      approvers: { users: [approver.id], usergroups: [] },
      expiresMs: 1_800_000,
    },
  };

  beforeEach(async () => {
    ({ slack, redis, redisUrl } = await start(config));
  });

  const homeOf = (user: string): string => JSON.stringify(slack.appHome(user)?.content ?? null);
  const opened = async (user: string, text: string): Promise<string> => {
    await slack.openHome(user);
    return slack.until(() => homeOf(user).includes(text) && homeOf(user));
  };
  const modalOf = (user: string) => {
    const [view, ...others] = slack.views(user);
    expect(others).toEqual([]);
    return { id: view?.id, text: JSON.stringify(view?.content ?? null) };
  };
  const shown = (user: string, text: string) => slack.until(() => modalOf(user).text.includes(text));

  it('opens on its first page, turns, and does not ask any cluster', async () => {
    expect(await opened(requester.id, 'Page 1 of 2')).toContain(worst);
    await slack.click(requester.id, 'home', homeButtons.next.id);
    await slack.until(() => homeOf(requester.id).includes('Page 2 of 2'));
    expect(homeOf(requester.id)).not.toContain(`*1  ${worst}*`);
    await slack.click(requester.id, 'home', homeButtons.previous.id, { tamper: { value: 'page:9999' } });
    await slack.until(() => slack.traffic.calls('views.publish').length === 3);
    expect(homeOf(requester.id)).toContain('Page 2 of 2');
    await slack.click(requester.id, 'home', homeButtons.previous.id);
    await slack.until(() => homeOf(requester.id).includes('Page 1 of 2'));
  });

  it('is shown over HTTP as well', async () => {
    const remote = await startWorkspace({ manifest });
    ends.push(remote.stop);
    ends.push(await startBotOn(remote, redisUrl, config, { mode: 'http' }));
    await remote.openHome(requester.id);
    const home = await remote.until(() => remote.appHome(requester.id));
    expect(JSON.stringify(home.content)).toContain(worst);
  });

  it('refuses a guest', async () => {
    await slack.openHome(guest.id);
    await slack.until(() => slack.appHome(guest.id));
    expect(slack.appHome(guest.id)?.content['blocks']).toMatchObject(
      renderFailure({ kind: 'other-team' }).blocks,
    );
  });

  it('shows stored runs in one modal, filters and compares them there', async () => {
    await opened(requester.id, worst);
    const value = runButtons.runAgain.encode({ cluster: worst, peer: null, run: `${worst}-2` });
    await slack.click(requester.id, 'home', runButtons.details.id, { value: value ?? '' });
    await shown(requester.id, 'upstream-destination-peer');
    const { id } = modalOf(requester.id);
    await slack.click(requester.id, 'modal', filterActionId, { selected: 'severity:warning' });
    await shown(requester.id, 'Nothing of this kind was found');
    await slack.click(requester.id, 'modal', filterActionId, { selected: 'check:upstream-destination-peer' });
    await shown(requester.id, 'Fix');
    await slack.click(requester.id, 'modal', historyButtons.pick.id);
    await shown(requester.id, 'Compare this run with');
    await slack.click(requester.id, 'modal', historyButtons.compare.id);
    await shown(requester.id, 'Still open (1)');
    expect(modalOf(requester.id).id).toBe(id);
    expect(slack.traffic.calls('views.open')).toHaveLength(1);
  });

  it('answers a check in the conversation with the bot', async () => {
    await opened(requester.id, worst);
    await slack.click(requester.id, 'home', runButtons.runAgain.id, {
      value: runButtons.runAgain.encode({ cluster: worst, peer: null, run: null }) ?? '',
    });
    const direct = `D${requester.id.slice(1)}`;
    await slack.until(() => slack.messages(direct).some(({ text }) => text.includes(worst)));
  });

  it('shows what a click changed, unless another page was turned to meanwhile', async () => {
    const digest = await createDefinitions(redis, sealer).add({
      channel: channels.platform,
      team: slack.teamId,
      owner: requester.id,
      clusters: [worst],
      when: { cron: '0 9 * * *', zone: 'UTC', words: 'every day at 09:00' },
      onlyChanges: false,
      activeSince: Date.now(),
      request: 'r',
    });
    await opened(requester.id, digestButtons.run.id);
    await slack.click(requester.id, 'home', digestButtons.run.id);
    const run = await slack.until(
      () =>
        slack.messages(channels.platform).find(({ blocks }) => blocks.some((b) => b.type === 'data_table')),
      'the digest',
      30_000,
    );
    expect(JSON.stringify(run.blocks)).toContain(digestButtons.run.id);
    await slack.click(requester.id, 'home', digestButtons.pause.id);
    await slack.until(() => homeOf(requester.id).includes(digestButtons.resume.id));
    expect((await createDefinitions(redis, sealer).find(digest.id))?.paused?.by).toBe(requester.id);

    const published = slack.traffic.calls('views.publish').length;
    await slack.click(requester.id, 'home', digestButtons.resume.id);
    await slack.until(() => slack.traffic.calls('views.publish').length > published);
    await slack.click(requester.id, 'home', homeButtons.next.id);
    await slack.until(() => homeOf(requester.id).includes('Page 2 of 2'));
    await slack.until(() =>
      slack.traffic.calls('views.publish').some(({ response }) => response.includes('hash_conflict')),
    );
    expect(homeOf(requester.id).includes('Page 2 of 2')).toBe(true);
    expect((await createDefinitions(redis, sealer).find(digest.id))?.paused).toBeNull();
  });

  it('shows requests to those whom they wait for, and to those who made them', async () => {
    const signer = createSigner(signingKey);
    const audit = openAudit(redis, signer, { maxAgeMs: 3_600_000, onEntry: () => undefined });
    await openApprovals(redis, signer, audit).create(
      'key',
      {
        kind: 'token',
        acceptor: worst,
        dialer: null,
        peer: 'west',
        dialerPeer: null,
        replace: true,
        reason: '<!channel> *now*',
        requester: requester.id,
        team: slack.teamId,
        channel: channels.platform,
        plan: ['creates peering "west"'],
        digest: 'd',
      },
      60_000,
    );
    const [own, others, nobodys] = [
      await opened(requester.id, 'Requests'),
      await opened(approver.id, 'Requests'),
      await opened(lead.id, worst),
    ];
    const ids = Object.values(approvalButtons).map(({ id }) => id);
    const buttons = (text: string): readonly string[] => ids.filter((id) => text.includes(`"${id}"`));
    expect(buttons(own)).toEqual([approvalButtons.cancel.id]);
    expect(buttons(others)).toEqual([approvalButtons.approve.id, approvalButtons.deny.id]);
    expect(buttons(nobodys)).toEqual([]);
    expect(nobodys).not.toContain('Requests');
    // Approvers read the plan here too.
    expect(others).toContain('creates peering');
    expect(others).toContain('replaces its peer');
    expect(others).not.toContain('<!channel>');
  });

  it('says in a modal what it cannot answer elsewhere', async () => {
    await opened(requester.id, worst);
    const tamper = { action_id: homeButtons.connect.id, value: homeButtons.next.encode(0) };
    await slack.click(requester.id, 'home', homeButtons.refresh.id, { tamper });
    const { text } = renderFailure({ kind: 'not-allowed', command: 'connect', cluster: null });
    await shown(requester.id, JSON.stringify(text).slice(1, -1));
  });
});
