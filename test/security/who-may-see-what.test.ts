import { randomUUID } from 'node:crypto';
import { formIdOf } from '../../src/render/slack/command-form';
import { actions, commands, submissions } from '../../src/app/listeners';
import { createProcessPool, type ProcessPool } from '../../src/clusters/process-pool';
import type { CommandName } from '../../src/config/commands';
import { approvalButtons, shownRequest } from '../../src/features/approvals/cards/buttons';
import { approvalFields, approvalFormIds } from '../../src/features/approvals/new-requests/form-parts.modal';
import { renderConfirmForm, renderUndoForm } from '../../src/features/approvals/decisions/confirm.modal';
import { filterActionId } from '../../src/features/check/details-filter';
import { historyButtons } from '../../src/features/history/history-buttons';
import { incidentButtons } from '../../src/features/incidents/incident-buttons';
import { homeButtons } from '../../src/features/home/home-buttons';
import { digestButtons } from '../../src/features/digests/digest-buttons';
import { muteFields, muteFormId, renderMuteForm } from '../../src/features/mutes/mutes.message';
import type { RedisClient } from '../../src/redis/redis';
import { inputAction } from '../../src/render/slack/form';
import { encodeParts } from '../../src/render/slack/button-value';
import type { SubmittedModal } from '../../src/slack/define';
import type { Click } from '../../src/slack/handle-action';
import type { ApprovalRequest } from '../../src/features/approvals/requests/request';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import {
  hiddenNames,
  openWorld,
  outsider,
  owner,
  serveClusters,
  type Shown,
  shownCluster,
  uiOf,
  unknown,
  type World,
} from './walk/world';
import { connectTestRedis } from '../redis-client';

/**
 * Somebody with a right to one cluster of three gives every command, presses every button that anybody was ever shown,
 * searches and submits every modal and opens App Home. No answer names a cluster that is not theirs, nor anything in it. A new command,
 * button or modal fails this test until it is walked.
 */

jest.setTimeout(600_000);

/** Texts of each command: right, misspelt, without arguments, and for what the person may not see. */
const typed: Readonly<Record<CommandName, readonly string[]>> = {
  check: [
    'check prod-east',
    'check prod-east west',
    'check prod-wes',
    'check stagin',
    'check xyz',
    'check prod-west',
    'check all',
    'check prod-* --short',
    'check stag*',
    'check label:team=both',
    'check owner:hidden-tea',
    'check prod-east staging prod-west',
  ],
  trace: [
    'trace prod-east web api',
    'trace prod-east web billing west',
    'trace prod-east web billin',
    'trace prod-east web hidden',
    'trace prod-wes web api',
    'trace prod-west web api',
  ],
  impact: [
    'impact prod-east west',
    'impact prod-east api',
    'impact prod-east web',
    'impact prod-east hidde',
    'impact prod-wes api',
    'impact staging api',
  ],
  peerings: [
    'peerings',
    'peerings prod-east',
    'peerings prod-*',
    'peerings stag*',
    'peerings prod-wes',
    'peerings owner:hidden-tea',
  ],
  doctor: ['doctor'],
  acl: ['acl prod-east', 'acl prod-wes', 'acl prod-west', 'acl'],
  history: ['history prod-east', 'history prod-wes', 'history prod-west', 'history'],
  diff: [
    'diff prod-east',
    'diff prod-east 2 hours ago',
    'diff prod-east 2h 1s',
    'diff prod-east xyz',
    'diff prod-wes',
    'diff prod-west',
    'diff',
  ],
  digest: [
    'digest list',
    'digest add all daily 09:00',
    'digest add prod-* daily 09:00',
    'digest add prod-wes daily 09:00',
    'digest add label:team=both daily 09:00',
    'digest add owner:hidden-tea daily 09:00',
    'digest add label:hidden-label daily 09:00',
    'digest add prod-west daily 09:00',
    'digest add stagin daily 09:00',
    'digest',
  ],
  subscribe: [
    'subscribe prod-east',
    'subscribe prod-wes',
    'subscribe prod-west',
    'subscribe prod-*',
    'subscribe stag*',
    'subscribe label:team=both',
    'subscribe owner:hidden-tea',
    'subscribe label:hidden-labe',
    'subscribe',
  ],
  unsubscribe: [
    'unsubscribe prod-east',
    'unsubscribe prod-wes',
    'unsubscribe prod-west',
    'unsubscribe prod-*',
    'unsubscribe owner:hidden-tea',
  ],
  subscriptions: ['subscriptions'],
  mute: [
    'mute prod-east peering-active for 7d known',
    'mute prod-east peering-activ for 7d known',
    'mute prod-wes peering-active for 7d known',
    'mute prod-west peering-active for 7d known',
    'mute prod-* peering-active for 7d known',
    'mute stag* peering-active for 7d known',
    'mute label:team=both peering-active for 7d known',
    'mute owner:hidden-tea peering-active for 7d known',
  ],
  unmute: [
    'unmute prod-east peering-active',
    'unmute prod-wes peering-active',
    'unmute prod-west peering-active',
    'unmute prod-* peering-active',
    'unmute label:hidden-labe peering-active',
  ],
  mutes: [
    'mutes',
    'mutes prod-east',
    'mutes prod-wes',
    'mutes prod-west',
    'mutes prod-*',
    'mutes label:team=both',
    'mutes owner:hidden-tea',
  ],
  token: [
    'token',
    'token prod-east',
    'token prod-east west',
    'token prod-east west replace',
    'token prod-wes orders',
  ],
  connect: ['connect', 'connect prod-east', 'connect prod-east prod-wes', 'connect prod-east prod-west'],
  disconnect: [
    'disconnect',
    'disconnect prod-east',
    'disconnect prod-west',
    'disconnect prod-east prod-west',
    'disconnect prod-east xyz',
    'disconnect staging prod-east',
  ],
  export: [
    'export',
    'export api',
    'export api from prod-east',
    'export api from prod-west',
    'export api from prod-east to west',
    'export api from prod-wes to x',
    'export api from staging to x',
  ],
  unexport: [
    'unexport',
    'unexport api from prod-east to',
    'unexport api from prod-east to west',
    'unexport api from staging to x',
  ],
  renew: [
    'renew',
    'renew prod-east',
    'renew prod-east prod-west',
    'renew prod-east xyz',
    'renew staging prod-east',
  ],
  audit: ['audit', 'audit prod-east', 'audit prod-wes', 'audit prod-west'],
  clusters: ['clusters'],
  help: ['help', '', 'chekc'],
};

/** Checks that fail on the shown cluster for everybody, so that reports repeat the reason of their mute. */
const mutedChecks = ['mesh-gateway-mode'];

const press = (actionId: string, value: string | undefined, metadata?: string): Click => ({
  actionId,
  value,
  metadata,
});

/** Everything with an `action_id` in what was shown, as a click on it. */
const clicksIn = (content: unknown): readonly Click[] => {
  if (typeof content !== 'object' || content === null) return [];
  const own = content as {
    action_id?: unknown;
    value?: unknown;
    options?: unknown;
    private_metadata?: unknown;
  };
  const inside = Object.values(content).flatMap(clicksIn);
  const metadata = typeof own.private_metadata === 'string' ? own.private_metadata : undefined;
  const here =
    typeof own.action_id === 'string' && typeof own.value === 'string'
      ? [press(own.action_id, own.value)]
      : [];
  return [...here, ...inside].map((click) => ({ ...click, metadata: click.metadata ?? metadata }));
};

const chosen = (name: string) => ({ selected_option: { value: name } });

const modal = (
  callbackId: string,
  metadata: string,
  inputs: Readonly<Record<string, object>>,
): SubmittedModal => ({
  callback_id: callbackId,
  private_metadata: metadata,
  state: {
    values: Object.fromEntries(Object.entries(inputs).map(([id, value]) => [id, { [inputAction]: value }])),
  },
});

const approver = 'UAPPROVER';

/** Commands that people write after a mention of the bot. */
const mentioned = Object.values(typed)
  .flatMap((texts) => texts)
  .filter((text) => /^(?:check|trace|impact|acl|peerings|history|clusters|mutes|audit|help)/.test(text));

const valueOf = (request: ApprovalRequest): string => `${request.id}.${shownRequest(request).fingerprint}`;

const confirming = (verdict: 'approved' | 'denied', request: ApprovalRequest): SubmittedModal =>
  modal(approvalFormIds.approve, renderConfirmForm(verdict, request, 'C1').private_metadata ?? '', {});

const undoing = (request: ApprovalRequest): SubmittedModal =>
  modal(approvalFormIds.undo, renderUndoForm(request, 'C1').private_metadata ?? '', {});

/** The open request of a person for a change of exports of a cluster. */
const requestOf = async (
  world: World,
  person: string,
  cluster: string,
): Promise<ApprovalRequest | undefined> =>
  (await world.approvals.open()).find(
    ({ request }) =>
      request.requester === person &&
      request.acceptor === cluster &&
      ['export', 'unexport'].includes(request.kind),
  )?.request;

describeWith(['redis'], 'the other clusters', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let pool: ProcessPool;
  let served: Awaited<ReturnType<typeof serveClusters>>;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
    pool = createProcessPool({
      count: 2,
      memoryMiB: 256,
      deadlineMs: 60_000,
      environment: {},
      onCall: () => undefined,
    });
    served = await serveClusters();
  });
  afterAll(async () => {
    redis.disconnect();
    pool.close();
    await served.stop();
    await server.stop();
  });

  /** Lets the owner of everything leave things behind: messages with buttons, stored runs, digests, mutes, requests. */
  const live = async (
    world: World,
  ): Promise<{ readonly seen: readonly Shown[]; readonly executed: ApprovalRequest }> => {
    const seen: Shown[] = [];
    const say = async (...texts: readonly string[]): Promise<void> => {
      for (const text of texts) seen.push(...(await world.type(owner, text)));
    };
    await say(
      'check prod-east',
      'check prod-east',
      'check prod-west',
      'check staging',
      'history prod-east',
      'diff prod-east',
      'check all',
      'peerings',
    );
    await say('trace prod-east web billing west', 'impact prod-east west', 'acl prod-west', 'acl prod-east');
    await say('digest add prod-* staging daily 09:00', 'digest add prod-west daily 09:00', 'digest list');
    await say('subscribe prod-east', 'subscribe prod-west', 'subscribe prod-*');
    await say('subscribe owner:hidden-team', 'subscribe label:team=both', 'subscriptions');
    await say('digest add owner:hidden-team label:team=both daily 09:00');
    await say('mute owner:hidden-team peering-active for 7d known');
    await say(
      'mute prod-west peering-active for 7d prod-west is known',
      'mutes',
      'clusters',
      'audit',
      'help',
    );
    await say(
      'token prod-east west replace',
      'token prod-west extra',
      'connect prod-east staging',
      'connect',
    );
    const [digest] = await world.stores.digests.all();
    seen.push(
      ...(await world.run(owner, 'run-digest', {
        digest: digest?.id,
        planned: Date.now(),
        requestedBy: owner,
      })),
    );
    seen.push(...(await world.openHome(owner)));
    const plan = ['creates peering hidden-partner on prod-west'];
    await world.approvals.create(
      randomUUID(),
      {
        kind: 'connect',
        acceptor: 'prod-east',
        dialer: 'prod-west',
        peer: 'west',
        dialerPeer: 'hidden-partner',
        replace: false,
        reason: 'for hidden-billing',
        requester: owner,
        team: 'T1',
        channel: 'C1',
        plan,
        digest: '',
      },
      1_800_000,
    );
    await say('unexport hidden-billing from prod-west to hidden-partner');
    const executed = await requestOf(world, owner, 'prod-west');
    if (executed === undefined) throw new Error(`no request: ${JSON.stringify(seen.at(-1))}`);
    seen.push(...(await world.submit(approver, confirming('approved', executed))));
    expect(seen.flatMap(clicksIn).map(({ actionId }) => actionId)).toContain(approvalButtons.undo.id);
    for (const click of clicksIn(seen)) seen.push(...(await world.press(owner, click)));
    // The clicks have ended all mutes.
    await say(...mutedChecks.map((check) => `mute prod-east ${check} for 7d hidden-billing causes it`));
    await say('mute prod-east upstream-imported hidden-billing for 7d of hidden-partner', 'mutes prod-east');
    return { seen, executed };
  };

  const walk = async (person: string, hidden: readonly string[]) => {
    await redis.flushall();
    served.reset();
    const world = openWorld(redis, pool, served.clusters);
    const before = await live(world);
    const leaks: string[] = [];
    let answers = 0;
    let mentions = 0;
    const executed = before.executed;
    const listen = (given: unknown, seen: readonly Shown[]): void => {
      const words = JSON.stringify(given);
      for (const { where, content } of seen) {
        answers += 1;
        const text = JSON.stringify(content);
        // The words that the person typed, and those in the value of a button, are no news to them.
        for (const name of hidden) {
          if (text.includes(name) && !words.includes(name))
            leaks.push(`${words} → ${where}: ${name}: ${text}`);
        }
      }
    };

    expect(commands.map(({ name }) => name).filter((name) => !typed[name])).toEqual([]);
    const own: Shown[] = [];
    for (const { name } of commands) {
      for (const text of typed[name]) {
        const seen = await world.type(person, text);
        own.push(...seen);
        listen(text, seen);
      }
    }
    for (const text of ['check prod-east', 'check prod-west', 'check stagin', 'check all']) {
      const seen = await world.type(person, text, [{ id: 'F1', name: 'changed.hcl' }]);
      own.push(...seen);
      listen(`${text}, with a file`, seen);
    }
    for (const text of mentioned) {
      const seen = await world.mention(person, text);
      mentions += seen.length;
      listen(`@peering-bot ${text}`, seen);
    }
    // A change of their own: an approver approves it, it is carried out, and they undo it.
    const ownExport = await requestOf(world, person, shownCluster);
    if (ownExport !== undefined) {
      const approved = await world.submit(approver, confirming('approved', ownExport));
      own.push(...approved);
      listen('an export of their own', approved);
      const button = press(approvalButtons.undo.id, valueOf(ownExport));
      listen('Undo of their own', await world.press(person, button));
      listen('Undo of their own', await world.submit(person, undoing(ownExport)));
    }
    const home = await world.openHome(person);
    own.push(...home);
    listen('app home', home);

    const [request] = (await world.approvals.open()).filter(({ request: { kind } }) => kind === 'connect');
    if (request === undefined) throw new Error('no request');
    const shownValue = `${request.request.id}.${shownRequest(request.request).fingerprint ?? ''}`;
    const runs = (await world.stores.reports.history([shownCluster], 9)).get(shownCluster) ?? [];
    const [newest, older] = runs;
    const pair = historyButtons.compare.encode({
      cluster: shownCluster,
      run: newest?.run ?? '',
      other: older?.run ?? '',
    });
    const [digest] = await world.stores.digests.all();
    const samples: readonly Click[] = [
      press(filterActionId, 'severity:error', encodeParts(['C1', shownCluster, newest?.run ?? ''])),
      ...[historyButtons.runs, historyButtons.pick, historyButtons.compare].map(({ id }) => press(id, pair)),
      ...Object.values(approvalButtons).map(({ id }) => press(id, shownValue)),
      ...Object.values(approvalButtons).map(({ id }) => press(id, valueOf(executed))),
      ...[incidentButtons.take, incidentButtons.release].map(({ id, encode }) =>
        press(id, encode({ cluster: shownCluster, since: '1' })),
      ),
      ...Object.values(homeButtons).map(({ id }) => press(id, homeButtons.next.encode(1))),
      ...[digestButtons.run, digestButtons.pause, digestButtons.resume].map(({ id }) =>
        press(id, digest?.id),
      ),
    ];
    const clicks = [...clicksIn(before.seen), ...clicksIn(own), ...samples];
    const distinct = new Map(clicks.map((click) => [JSON.stringify(click), click]));
    const pressed = new Set<string>();
    for (const click of distinct.values()) {
      const action = actions.find(({ button }) => button.id === click.actionId);
      if (action?.button.decode(click.value, click.metadata) !== undefined) pressed.add(click.actionId);
      listen(click, await world.press(person, click));
    }
    expect(actions.map(({ button }) => button.id).filter((id) => !pressed.has(id))).toEqual([]);

    const inC1 = encodeParts(['C1']) ?? '';
    const inThread = encodeParts(['C1', null]) ?? '';
    const target = { cluster: shownCluster, check: 'peering-active', subject: 'west' };
    const confirm = (verdict: 'approved' | 'denied') =>
      renderConfirmForm(verdict, request.request, 'C1').private_metadata ?? '';
    const connectInputs = (dialer: string) => ({
      [approvalFields.acceptor]: chosen(shownCluster),
      [approvalFields.dialer]: chosen(dialer),
      [approvalFields.peer]: { value: null },
      [approvalFields.dialerPeer]: { value: null },
      [approvalFields.reason]: { value: null },
    });
    const forms: readonly SubmittedModal[] = [
      modal(approvalFormIds.token, inC1, {
        [approvalFields.acceptor]: chosen(shownCluster),
        [approvalFields.peer]: { value: 'west' },
        [approvalFields.reason]: { value: null },
        [approvalFields.replace]: { selected_options: [] },
      }),
      modal(approvalFormIds.connect, inC1, connectInputs('prod-west')),
      modal(approvalFormIds.connect, inC1, connectInputs(shownCluster)),
      ...(['disconnect', 'renew'] as const).flatMap((kind) =>
        ['prod-west', shownCluster].map((dialer) =>
          modal(approvalFormIds[kind], inC1, {
            [approvalFields.acceptor]: chosen(shownCluster),
            [approvalFields.dialer]: chosen(dialer),
            [approvalFields.reason]: { value: null },
          }),
        ),
      ),
      ...(['export', 'unexport'] as const).map((kind) =>
        modal(approvalFormIds[kind], inC1, {
          [approvalFields.service]: { value: 'api' },
          [approvalFields.peer]: chosen(encodeParts([shownCluster, 'west']) ?? ''),
          [approvalFields.reason]: { value: null },
        }),
      ),
      modal(approvalFormIds.approve, confirm('approved'), {}),
      modal(approvalFormIds.deny, confirm('denied'), { [approvalFields.reason]: { value: 'no' } }),
      undoing(executed),
      modal(formIdOf({ command: 'trace' }), inThread, {
        call: chosen(encodeParts([shownCluster, 'web', 'api', 'west']) ?? ''),
      }),
      modal(formIdOf({ command: 'impact' }), inThread, {
        part: chosen(encodeParts([shownCluster, 'peer/west']) ?? ''),
      }),
      ...[shownCluster, 'prod-west'].flatMap((cluster) => [
        modal(formIdOf({ command: 'trace-typed' }), inThread, {
          cluster: chosen(cluster),
          service: { value: 'web' },
          destination: { value: 'api' },
        }),
        modal(formIdOf({ command: 'impact-typed' }), inThread, {
          cluster: chosen(cluster),
          part: { value: 'peer/west' },
        }),
        modal(formIdOf({ command: 'check' }), inThread, { cluster: chosen(cluster), peer: { value: null } }),
        modal(formIdOf({ command: 'subscribe' }), inThread, { cluster: chosen(cluster) }),
        modal(formIdOf({ command: 'mute' }), inThread, {
          cluster: chosen(cluster),
          check: chosen('peering-active'),
          for: chosen('7d'),
          reason: { value: 'known' },
        }),
        modal(formIdOf({ command: 'digest' }), inThread, {
          clusters: { selected_options: [{ value: cluster }] },
          when: { value: 'daily 09:00' },
        }),
      ]),
      modal(muteFormId, renderMuteForm(target, 'C1').private_metadata ?? '', {
        [muteFields.scope]: chosen('finding'),
        [muteFields.end]: chosen('7d'),
        [muteFields.reason]: { value: 'known' },
      }),
    ];
    const decoded = forms.filter(
      (form) =>
        submissions.find(({ callbackId }) => callbackId === form.callback_id)?.decode(form) !== undefined,
    );
    expect(
      submissions
        .map(({ callbackId }) => callbackId)
        .filter((id) => !decoded.some((form) => form.callback_id === id)),
    ).toEqual([]);
    for (const form of forms) {
      listen({ search: form.callback_id }, await world.search(person, form));
      listen(form, await world.submit(person, form));
    }

    const digests = await world.stores.digests.all();
    for (const { id, owner: of } of digests.filter(({ owner: by }) => by === person)) {
      const due = { digest: id, planned: Date.now(), requestedBy: of };
      listen('a digest', await world.run(person, 'run-digest', due));
    }
    const polled = { cluster: shownCluster, channel: 'C1', planned: Date.now() + 3_600_000 };
    listen('a subscription', await world.run(person, 'poll-subscription', polled));
    // Others read what a link of the owner shows.
    const links = [shownCluster, 'prod-west', 'staging'].map(
      (name) => `${uiOf(name)}/dc1/peers/hidden-partner`,
    );
    listen('links', await world.share(person, links));
    listen('links of the owner', await world.share(owner, links));
    for (const text of ['help', 'clusters', 'check all', 'peerings', `acl ${shownCluster}`, 'check prod-wes'])
      listen(`assistant: ${text}`, await world.assist(person, text));
    const late = await world.openHome(person);
    listen('app home, again', late);
    // Nobody without the right to it has undone what the owner changed.
    const after = await world.approvals.find(executed.id);
    expect(after).toMatchObject({ state: 'done', outcome: { message: expect.any(String) } });
    expect(after).not.toMatchObject({ outcome: { undone: true } });
    expect(mentions).toBeGreaterThan(20);
    const undone = ownExport && (await world.approvals.find(ownExport.id));
    world.close();
    return { answers, leaks, before: before.seen, own, undone };
  };

  it('are not named to a person without a right to them', async () => {
    const { answers, leaks, before, own, undone } = await walk(outsider, hiddenNames);
    process.stdout.write(`who-may-see-what: ${answers} answers to a person with a right to one cluster\n`);
    expect(leaks).toEqual([]);
    // The owner sees these names, in these answers: otherwise this shows nothing.
    const toOwner = JSON.stringify(before);
    expect(hiddenNames.filter((name) => !toOwner.includes(name))).toEqual([]);
    expect(JSON.stringify(own)).toContain(shownCluster);
    expect(undone).toMatchObject({ state: 'done', outcome: { undone: true } });
  });

  it('are not named to a person whom Slack does not know', async () => {
    const { answers, leaks } = await walk(unknown, [shownCluster, ...hiddenNames]);
    process.stdout.write(`who-may-see-what: ${answers} answers to a person whom Slack does not know\n`);
    expect(leaks).toEqual([]);
  });
});
