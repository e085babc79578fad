import { renderConfirmForm, renderUndoForm } from '../../src/features/approvals/decisions/confirm.modal';
import { exportedRecord, pendingRecord } from '../features/approvals/pending-record';
import type { CommandName } from '../../src/config/commands';
import type { AccessConfig } from '../../src/config/config';
import { inputAction } from '../../src/render/slack/form';
import { jobs } from '../../src/app/jobs';
import { contextOf } from '../../src/slack/define';
import { impactButtons } from '../../src/features/impact/impact-buttons';
import { traceButtons } from '../../src/features/trace/trace-buttons';
import { encodeParts } from '../../src/render/slack/button-value';
import { aclButtons } from '../../src/features/acl/acl-buttons';
import { approvalButtons } from '../../src/features/approvals/cards/buttons';
import { renderConnectForm } from '../../src/features/approvals/connect/connect-form.modal';
import { renderExportForm } from '../../src/features/approvals/export/export-form.modal';
import { approvalFields, approvalFormIds } from '../../src/features/approvals/new-requests/form-parts.modal';
import { renderPairForm } from '../../src/features/approvals/pair/pair-form.modal';
import { renderTokenForm } from '../../src/features/approvals/token/token-form.modal';
import { peeringsButtons } from '../../src/features/peerings/peerings-buttons';
import { fleetButtons } from '../../src/features/check/fleet-buttons';
import { runButtons } from '../../src/features/history/run-buttons';
import { filterActionId } from '../../src/features/check/details-filter';
import { muteButtons } from '../../src/features/mutes/mute-buttons';
import { muteFields, muteFormId, renderMuteForm } from '../../src/features/mutes/mutes.message';
import { incidentButtons } from '../../src/features/incidents/incident-buttons';
import { subscriptionButtons } from '../../src/features/subscriptions/subscription-buttons';
import { renderFailure } from '../../src/render/slack/failure';
import { historyButtons } from '../../src/features/history/history-buttons';
import { renderHomeNotice } from '../../src/features/home/home.message';
import { digestButtons } from '../../src/features/digests/digest-buttons';
import { homeButtons } from '../../src/features/home/home-buttons';
import { modal } from '../../src/render/slack/modal';
import type { ModalView } from '@slack/types';
import { formButton } from '../../src/slack/form-buttons';
import { handleAction } from '../../src/slack/handle-action';
import { handleCommand } from '../../src/slack/handle-command';
import { handleSubmission } from '../../src/slack/handle-submission';
import {
  actions,
  assistantListener,
  commandForms,
  commands,
  eventListeners,
  linkListener,
  submissions,
} from '../../src/app/listeners';
import { formIdOf, renderCommandForm } from '../../src/render/slack/command-form';
import { actorOf, ownedBy, requestBy, fakeTools, noLimit, signer, withApprovals } from './support';

/**
 * Every command, button and modal, tried by everyone who may not. A new one is found here by itself; where it
 * needs a value that nobody can guess, this test says so until it has one.
 */

const restricted: AccessConfig = { restrict: true, grants: [] };
const otherCluster = (command: CommandName): AccessConfig => ({
  restrict: true,
  grants: [{ allow: [command], users: ['UMEMBER'], clusters: ['elsewhere'] }],
});
const everything: AccessConfig = {
  restrict: false,
  grants: [{ allow: ['*'], users: ['UMEMBER', 'UGUEST', 'USTRANGER'] }],
};

const outsiders = [
  ['a stranger of a shared channel', actorOf('USTRANGER', 'T2'), everything],
  ['somebody of another team under the name of this one', actorOf('USTRANGER', 'T1'), everything],
  ['a guest', actorOf('UGUEST'), everything],
  ['somebody without a grant', actorOf('UMEMBER'), restricted],
] as const;

const requestId = 'request00001';
const value = runButtons.runAgain.encode({ cluster: 'prod-east', peer: null, run: 'run-1' });
const pair = historyButtons.runs.encode({ cluster: 'prod-east', run: 'run-1', other: 'run-2' });
/** Metadata of modals with buttons of their own. */
const { private_metadata: metadata = '' } = modal(
  'x',
  'x',
  { channel: 'C1', cluster: 'prod-east', run: 'run-1' },
  [],
);
const muted = { cluster: 'prod-east', check: 'mesh-gateway-mode', subject: 'web' };
const mute = muteButtons.ask.encode(muted);
/** A value for each button that it takes for its own. */
const buttonValues: Readonly<Record<string, string | undefined>> = {
  [runButtons.runAgain.id]: value,
  [peeringsButtons.runAgain.id]: peeringsButtons.runAgain.encode({ words: 'all' }),
  [fleetButtons.runAgain.id]: fleetButtons.runAgain.encode({ words: 'all', short: null }),
  [runButtons.details.id]: value,
  [runButtons.allChecks.id]: value,
  [filterActionId]: 'severity:error',
  [historyButtons.runs.id]: pair,
  [historyButtons.pick.id]: pair,
  [historyButtons.compare.id]: pair,
  [traceButtons.runAgain.id]: traceButtons.runAgain.encode({
    cluster: 'prod-east',
    service: 'web',
    destination: 'api',
    peer: null,
  }),
  [impactButtons.runAgain.id]: impactButtons.runAgain.encode({ cluster: 'prod-east', part: 'api' }),
  [aclButtons.share.id]: aclButtons.share.encode({ cluster: 'prod-east', accessor: null }),
  [muteButtons.ask.id]: mute,
  [muteButtons.end.id]: mute,
  [muteButtons.endGroup.id]: muteButtons.endGroup.encode({
    pattern: 'prod-*',
    check: 'mesh-gateway-mode',
    subject: null,
    createdMs: '1',
  }),
  [incidentButtons.take.id]: incidentButtons.take.encode({ cluster: 'prod-east', since: '1' }),
  [incidentButtons.release.id]: incidentButtons.release.encode({ cluster: 'prod-east', since: '1' }),
  [subscriptionButtons.end.id]: subscriptionButtons.end.encode({ cluster: 'prod-east' }),
  ...Object.fromEntries(
    Object.values(approvalButtons)
      .map(({ id }) => id)
      .map((id) => [id, requestId]),
  ),
  ...Object.fromEntries(
    Object.values(homeButtons)
      .map(({ id }) => id)
      .map((id) => [id, homeButtons.next.encode(1)]),
  ),
  ...Object.fromEntries(
    commands.map(({ name }) => [
      formButton(name).id,
      formButton(name).encode({ thread: '1.1', text: `${name} prod-east` }),
    ]),
  ),
  [digestButtons.run.id]: 'bcdf',
  [digestButtons.pause.id]: 'bcdf',
  [digestButtons.resume.id]: 'bcdf',
};

/** Arguments of commands with a grammar of their own. */
const grammars: Partial<Record<CommandName, string>> = {
  digest: 'digest list',
  export: 'export api from prod-east to west',
  unexport: 'unexport api from prod-east to west',
};

/** A call and a part, as forms offer them. */
const chosenCall = encodeParts(['prod-east', 'web', 'billing', 'west']) ?? '';
const chosenPart = encodeParts(['prod-east', 'peer/west']) ?? '';

/** The form of a command, as it is opened. */
const commandForm = (id: string): ModalView => {
  const found = commandForms.find((one) => formIdOf(one) === formIdOf({ command: id }));
  if (found === undefined) throw new Error(`there is no form ${id}`);
  return renderCommandForm(found, {
    channel: 'C1',
    thread: undefined,
    clusters: ['prod-east'],
    checkIds: ['peering-active'],
    names: [['prod-east', [{ text: 'seen', value: id === 'trace' ? chosenCall : chosenPart }]]],
    values: {},
  });
};

const chosen = (name: string) => ({ selected_option: { value: name } });
/** Submission of each modal, opened in a channel and filled in. */
const samples: Readonly<Record<string, readonly [ModalView, Readonly<Record<string, object>>] | undefined>> =
  {
    [approvalFormIds.token]: [
      renderTokenForm({ channel: 'C1', clusters: ['prod-east'], chosen: undefined }),
      {
        [approvalFields.acceptor]: chosen('prod-east'),
        [approvalFields.peer]: { value: 'west' },
        [approvalFields.reason]: { value: null },
        [approvalFields.replace]: { selected_options: [] },
      },
    ],
    [approvalFormIds.connect]: [
      renderConnectForm({
        channel: 'C1',
        clusters: ['prod-east', 'prod-west'],
        acceptor: undefined,
        dialer: undefined,
      }),
      {
        [approvalFields.acceptor]: chosen('prod-east'),
        [approvalFields.dialer]: chosen('prod-west'),
        [approvalFields.peer]: { value: null },
        [approvalFields.dialerPeer]: { value: null },
        [approvalFields.reason]: { value: null },
      },
    ],
    ...Object.fromEntries(
      (['disconnect', 'renew'] as const).map((kind) => [
        approvalFormIds[kind],
        [
          renderPairForm(kind, {
            channel: 'C1',
            clusters: ['prod-east', 'prod-west'],
            acceptor: undefined,
            dialer: undefined,
          }),
          {
            [approvalFields.acceptor]: chosen('prod-east'),
            [approvalFields.dialer]: chosen('prod-west'),
            [approvalFields.reason]: { value: null },
          },
        ] as const,
      ]),
    ),
    ...Object.fromEntries(
      (['export', 'unexport'] as const).map((kind) => [
        approvalFormIds[kind],
        [
          renderExportForm(kind, {
            channel: 'C1',
            targets: [['prod-east', ['west']]],
            service: undefined,
          }) as ModalView,
          {
            [approvalFields.service]: { value: 'api' },
            [approvalFields.peer]: chosen(encodeParts(['prod-east', 'west']) ?? ''),
            [approvalFields.reason]: { value: null },
          },
        ] as const,
      ]),
    ),
    [formIdOf({ command: 'check' })]: [
      commandForm('check'),
      { cluster: chosen('prod-east'), peer: { value: null } },
    ],
    [formIdOf({ command: 'subscribe' })]: [
      commandForm('subscribe'),
      {
        cluster: chosen('prod-east'),
        severity: { selected_option: null },
        check: { selected_option: null },
        peer: { value: null },
        every: { selected_option: null },
        broadcast: { selected_option: null },
      },
    ],
    [formIdOf({ command: 'mute' })]: [
      commandForm('mute'),
      {
        cluster: chosen('prod-east'),
        check: chosen('peering-active'),
        subject: { value: null },
        for: chosen('7d'),
        reason: { value: 'known' },
      },
    ],
    [formIdOf({ command: 'digest' })]: [
      commandForm('digest'),
      {
        clusters: { selected_options: [{ value: 'prod-east' }] },
        when: { value: 'daily 09:00' },
        zone: { value: null },
        changes: { selected_option: null },
      },
    ],
    [formIdOf({ command: 'trace' })]: [commandForm('trace'), { call: chosen(chosenCall) }],
    [formIdOf({ command: 'trace-typed' })]: [
      commandForm('trace-typed'),
      {
        cluster: chosen('prod-east'),
        service: { value: 'web' },
        destination: { value: 'billing' },
        peer: { value: null },
      },
    ],
    [formIdOf({ command: 'impact' })]: [commandForm('impact'), { part: chosen(chosenPart) }],
    [formIdOf({ command: 'impact-typed' })]: [
      commandForm('impact-typed'),
      { cluster: chosen('prod-east'), part: { value: 'peer/west' } },
    ],
    [muteFormId]: [
      renderMuteForm(muted, 'C1'),
      {
        [muteFields.scope]: chosen('finding'),
        [muteFields.end]: chosen('7d'),
        [muteFields.reason]: { value: 'known' },
      },
    ],
    [approvalFormIds.approve]: [renderConfirmForm('approved', pendingRecord(requestId).request, 'C1'), {}],
    [approvalFormIds.deny]: [
      renderConfirmForm('denied', pendingRecord(requestId).request, 'C1'),
      { [approvalFields.reason]: { value: 'not now' } },
    ],
    [approvalFormIds.undo]: [renderUndoForm(exportedRecord(requestId).request, 'C1'), {}],
  };

const refusals = (command: CommandName, cluster: string | null): readonly string[] =>
  [
    renderFailure({ kind: 'other-team' }),
    renderFailure({ kind: 'not-allowed', command, cluster }),
    renderFailure({ kind: 'not-allowed', command, cluster: null }),
  ].map(({ text }) => text);

/** One job was queued, which knows that it is this person. */
const expectOneJobFor = (
  { user, team }: { readonly user: string; readonly team: string },
  queued: readonly { readonly job: string; readonly payload: unknown }[],
): void => {
  const [only, ...others] = queued;
  expect(others).toEqual([]);
  expect(jobs.map(({ name }) => name)).toContain(only?.job);
  const payload = only?.payload as { readonly claim?: object };
  expect(payload.claim ?? payload).toMatchObject({ user, team });
};

describe('who may not', () => {
  describe.each(commands.map((command) => [command.name, command] as const))(
    'cannot give %s',
    (_, command) => {
      const names = ['prod-east', 'prod-west'];
      const typed = command.args.map(({ kind }) =>
        kind === 'cluster' || kind === 'pattern' ? (names.shift() ?? '') : 'x',
      );
      const text = grammars[command.name] ?? [command.name, ...typed].join(' ');
      const about = command.args.some(({ kind }) => kind === 'cluster' || kind === 'pattern');

      it.each([
        ...outsiders,
        ...(about
          ? [
              [
                'somebody with a grant for another cluster',
                actorOf('UMEMBER'),
                otherCluster(command.name),
              ] as const,
            ]
          : []),
      ])('as %s', async (__, actor, access) => {
        const { tools, queued } = fakeTools({ config: withApprovals(access), signer });
        const { reply, after } = await handleCommand(text, requestBy(actor), commands, tools, noLimit);
        const told = reply ?? (await after?.());
        if (told === undefined) {
          // Only the job can know: its own walk, over all jobs, holds that it asks.
          expect(command.decidedBy).toBe('job');
          expectOneJobFor(actor, queued);
        } else {
          expect(refusals(command.name, 'prod-east')).toContain(told.text);
          expect(queued).toEqual([]);
        }
      });

      it.each(outsiders)('as %s, once Slack has told who that is', async (__, actor, access) => {
        const { tools, queued } = fakeTools({ config: withApprovals(access), signer });
        await tools.authorizer.authorize(actor, { command: 'help', clusters: [] });
        const { reply, after } = await handleCommand(text, requestBy(actor), commands, tools, noLimit);
        expect(refusals(command.name, 'prod-east')).toContain((reply ?? (await after?.()))?.text);
        expect(queued).toEqual([]);
      });
    },
  );

  const byCommand = actions.flatMap((action) => (action.decidedBy === 'request' ? [] : [action]));
  describe.each(byCommand.map((action) => [action.button.id, action] as const))(
    'cannot press %s',
    (id, action) => {
      const click = { actionId: id, value: buttonValues[id], metadata };

      it('is tried with a value that it takes', () => {
        expect(action.button.decode(click.value, metadata)).toBeDefined();
        expect(commands.map(({ name }) => name)).toContain(action.command);
      });

      // Access to an action without a cluster is decided once it has one.
      const about = action.access(action.button.decode(click.value, metadata) as never).length > 0;

      it.each([
        ...outsiders,
        ...(about
          ? [
              [
                'somebody with a grant for another cluster',
                actorOf('UMEMBER'),
                otherCluster(action.command),
              ] as const,
            ]
          : []),
      ])('as %s', async (_, actor, access) => {
        const shown: ModalView['blocks'][] = [];
        const { tools, queued } = fakeTools({ config: withApprovals(access), signer });
        const modals = {
          open: async () => 'V1',
          fill: async (__: string, view: ModalView) => {
            shown.push(view.blocks);
          },
        };
        const reads = jest.spyOn(tools.reports, 'find');
        const lists = jest.spyOn(tools.reports, 'history');
        const told = await handleAction(click, requestBy(actor), actions, tools, modals, noLimit);
        const words = JSON.stringify(told?.blocks ?? shown[0]);
        expect(
          [
            renderFailure({ kind: 'other-team' }),
            renderFailure({
              kind: 'not-allowed',
              command: action.command,
              cluster: about ? 'prod-east' : null,
            }),
          ].map(({ blocks }) => JSON.stringify(blocks)),
        ).toContain(words);
        expect(queued).toEqual([]);
        expect(reads).not.toHaveBeenCalled();
        expect(lists).not.toHaveBeenCalled();
      });
    },
  );

  const outside = outsiders.filter(([name]) => name !== 'somebody without a grant');

  const byRequest = actions.flatMap((action) => (action.decidedBy === 'request' ? [action] : []));
  describe.each(byRequest.map((action) => [action.button.id, action] as const))(
    'cannot press %s',
    (id, action) => {
      const press = async (actor: (typeof outsiders)[number][1], access: AccessConfig, known: boolean) => {
        const { tools, queued, recorded } = fakeTools({ config: withApprovals(access), signer });
        if (known) await tools.authorizer.authorize(actor, { command: 'help', clusters: [] });
        const open = jest.fn(async () => 'V1');
        const modals = { open, fill: async () => undefined };
        const click = { actionId: id, value: buttonValues[id] };
        const told = await handleAction(click, requestBy(actor), actions, tools, modals, noLimit);
        return { told, queued, recorded, open };
      };

      it('is tried with a value that it takes, which says nothing but the request', () => {
        expect(action.button.decode(buttonValues[id])).toEqual({ request: requestId });
      });

      it.each(outsiders)('as %s without the job that decides', async (_, actor, access) => {
        const { told, queued } = await press(actor, access, false);
        if (told !== undefined) expect(told.text).toBe(renderFailure({ kind: 'other-team' }).text);
        const confirming = ['Approve the request', 'Deny the request', 'Undo the change'];
        const confirms = confirming.includes(action.modal?.title ?? '');
        if (told !== undefined || confirms) expect(queued).toEqual([]);
        else expectOneJobFor(actor, queued);
      });

      it.each(outside)('as %s, once Slack has told who that is', async (_, actor, access) => {
        const { told, queued, recorded, open } = await press(actor, access, true);
        expect(told?.text).toBe(renderFailure({ kind: 'other-team' }).text);
        expect(queued).toEqual([]);
        expect(open).not.toHaveBeenCalled();
        const { user: person, team } = actor;
        expect(recorded).toMatchObject([{ action: 'refused-click', requestId, person, team }]);
      });
    },
  );

  describe.each(eventListeners.map((listener) => [listener.name, listener] as const))(
    'sees nothing by %s',
    (_, listener) => {
      it.each(outsiders)('as %s', async (who, actor, access) => {
        const { tools } = fakeTools({ config: withApprovals(access), signer });
        const reads = jest.spyOn(tools.reports, 'latest');
        const view = await listener.home(contextOf(requestBy({ ...actor, channel: '' }), tools));
        const names = [...tools.config.clusters.keys()];
        expect(names.filter((name) => JSON.stringify(view).includes(name))).toEqual([]);
        if (who === 'somebody without a grant') return;
        expect(view).toEqual(renderHomeNotice(renderFailure({ kind: 'other-team' })));
        expect(reads).not.toHaveBeenCalled();
      });
    },
  );

  it.each(outsiders)('shows no preview of a link of %s', async (_, actor, access) => {
    const base = withApprovals(access);
    const owners = ownedBy(Object.fromEntries([...base.clusters.keys()].map((name) => [name, { name }])));
    const config = {
      ...base,
      owners: new Map(
        [...owners].map(([name, owner]) => [name, { ...owner, ui: `https://ui.example/${name}` }]),
      ),
    };
    const { tools } = fakeTools({ config, signer });
    const urls = [...config.clusters.keys()].map((name) => `https://ui.example/${name}/dc1/services`);
    const shared = { user: actor.user, channel: actor.channel, ts: '1.1', urls };
    expect(await linkListener.previews(shared, contextOf(requestBy(actor), tools))).toEqual({});
  });

  const helpOnly: AccessConfig = { restrict: true, grants: [{ allow: ['help'], users: ['UMEMBER'] }] };
  it.each([...outsiders, ['somebody with a grant for help alone', actorOf('UMEMBER'), helpOnly] as const])(
    'suggests no cluster in the assistant view to %s',
    async (_, actor, access) => {
      const { tools } = fakeTools({ config: withApprovals(access), signer });
      const opened = { user: actor.user, channel: 'D1', thread: '1.1', viewed: actor.channel };
      const context = contextOf(requestBy({ ...actor, channel: 'D1' }), tools);
      const prompts = JSON.stringify(await assistantListener.prompts(opened, context));
      expect([...tools.config.clusters.keys()].filter((name) => prompts.includes(name))).toEqual([]);
    },
  );

  describe.each(submissions.map((view) => [view.callbackId, view] as const))(
    'cannot submit %s',
    (id, view) => {
      const [opened, inputs] = samples[id] ?? [];
      const values = Object.fromEntries(
        Object.entries(inputs ?? {}).map(([block, input]) => [block, { [inputAction]: input }]),
      );
      const submitted = {
        callback_id: id,
        private_metadata: opened?.private_metadata ?? '',
        state: { values },
      };
      const byGrant = view.decidedBy === 'request' ? undefined : view;
      const submit = async (actor: (typeof outsiders)[number][1], access: AccessConfig, known: boolean) => {
        const { tools, queued, recorded } = fakeTools({ config: withApprovals(access), signer });
        const request = requestBy({ ...actor, channel: '' });
        if (known) await tools.authorizer.authorize(actor, { command: 'help', clusters: [] });
        const { reply, after, errors } = await handleSubmission(
          submitted,
          request,
          submissions,
          tools,
          noLimit,
        );
        expect(errors).toBeUndefined();
        return { told: reply ?? (await after?.()), queued, recorded };
      };

      it('is tried as it is opened and filled in', () => {
        expect(opened?.callback_id).toBe(id);
        expect(view.decode(submitted)).toBeDefined();
      });

      it.each(outsiders)('as %s without the job that decides', async (_, actor, access) => {
        const { told, queued } = await submit(actor, access, false);
        if (told === undefined) expectOneJobFor(actor, queued);
        else {
          expect(refusals(byGrant?.command ?? 'help', 'prod-east')).toContain(told.text);
          expect(queued).toEqual([]);
        }
      });

      it.each(outside)('as %s, once Slack has told who that is', async (_, actor, access) => {
        const { told, queued, recorded } = await submit(actor, access, true);
        expect(told?.text).toBe(renderFailure({ kind: 'other-team' }).text);
        expect(queued).toEqual([]);
        if (byGrant === undefined) expect(recorded).toMatchObject([{ action: 'refused-click', requestId }]);
      });

      if (byGrant !== undefined) {
        it.each([
          ['somebody without a grant', restricted],
          ['somebody with a grant for another cluster', otherCluster(byGrant.command)],
          [
            'somebody with a grant for another channel',
            {
              restrict: true,
              grants: [{ allow: [byGrant.command], users: ['UMEMBER'], channels: ['C2'] }],
            },
          ],
        ])('as %s', async (_, access) => {
          const { told, queued } = await submit(actorOf('UMEMBER'), access, false);
          expect(told?.text).toBe(
            renderFailure({ kind: 'not-allowed', command: byGrant.command, cluster: 'prod-east' }).text,
          );
          expect(queued).toEqual([]);
        });
      }
    },
  );
});
