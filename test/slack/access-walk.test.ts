import type { CommandName } from '../../src/config/commands';
import type { Access } from '../../src/config/config';
import { checkCluster } from '../../src/jobs/check-cluster';
import { inspectAcl } from '../../src/jobs/inspect-acl';
import { jobs } from '../../src/jobs/registry';
import { aclActionIds, encodeAclAction } from '../../src/render/slack/acl-buttons';
import { actionIds, encodeCheckAction } from '../../src/render/slack/buttons';
import { filterActionId } from '../../src/render/slack/details-filter';
import { renderFailure } from '../../src/render/slack/failure';
import { encodeHistoryAction, historyActionIds } from '../../src/render/slack/history-buttons';
import { modal } from '../../src/render/slack/modal';
import type { ModalView } from '@slack/types';
import { handleAction } from '../../src/slack/handle-action';
import { handleCommand } from '../../src/slack/handle-command';
import { actions, commands, views } from '../../src/slack/registry';
import { actorOf, askedBy, configOf, fakeTools, noLimit } from './support';

/**
 * Every command, button and modal, tried by everyone who may not. A new one is found here by itself; where it
 * needs a value that nobody can guess, this test says so until it has one.
 */

const restricted: Access = { restrict: true, grants: [] };
const otherCluster = (command: CommandName): Access => ({
  restrict: true,
  grants: [{ allow: [command], users: ['UMEMBER'], clusters: ['elsewhere'] }],
});
const everything: Access = {
  restrict: false,
  grants: [{ allow: ['*'], users: ['UMEMBER', 'UGUEST', 'USTRANGER'] }],
};

const outsiders = [
  ['a stranger of a shared channel', actorOf('USTRANGER', 'T2'), everything],
  ['somebody of another team under the name of this one', actorOf('USTRANGER', 'T1'), everything],
  ['a guest', actorOf('UGUEST'), everything],
  ['somebody without a grant', actorOf('UMEMBER'), restricted],
] as const;

const value = encodeCheckAction({ cluster: 'prod-east', peer: null, run: 'run-1' });
const pair = encodeHistoryAction({ cluster: 'prod-east', run: 'run-1', other: 'run-2' });
/** What modals carry that have buttons of their own. */
const { private_metadata: metadata = '' } = modal(
  'x',
  'x',
  { channel: 'C1', cluster: 'prod-east', run: 'run-1' },
  [],
);
/** A value for each button that it takes for its own. */
const buttonValues: Readonly<Record<string, string | undefined>> = {
  [actionIds.runAgain]: value,
  [actionIds.details]: value,
  [actionIds.allChecks]: value,
  [filterActionId]: 'severity:error',
  [historyActionIds.runs]: pair,
  [historyActionIds.pick]: pair,
  [historyActionIds.compare]: pair,
  [aclActionIds.share]: encodeAclAction({ cluster: 'prod-east', accessor: null }),
};

const refusals = (command: CommandName, cluster: string | null): readonly string[] =>
  [
    renderFailure({ kind: 'other-team' }),
    renderFailure({ kind: 'not-allowed', command, cluster }),
    renderFailure({ kind: 'not-allowed', command, cluster: null }),
  ].map(({ text }) => text);

describe('who may not', () => {
  describe.each(commands.map((command) => [command.name, command] as const))(
    'cannot give %s',
    (_, command) => {
      const text = [
        command.name,
        ...command.args.map(({ kind }) => (kind === 'cluster' ? 'prod-east' : 'x')),
      ].join(' ');
      const about = command.args.some(({ kind }) => kind === 'cluster');

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
        const { tools, queued } = fakeTools({ config: configOf(access) });
        const { reply, after } = await handleCommand(text, askedBy(actor), commands, tools, noLimit);
        const told = reply ?? (await after?.());
        if (told === undefined) {
          // Only the job can know: then it must be one that asks, which is what its own tests hold.
          expect(command.decidedBy).toBe('job');
          const asking = jobs.filter(({ name }) => queued.some(({ job }) => job === name));
          expect(asking.map(({ name }) => name)).toHaveLength(1);
          expect([checkCluster.name, inspectAcl.name]).toContain(asking[0]?.name);
        } else {
          expect(refusals(command.name, 'prod-east')).toContain(told.text);
          expect(queued).toEqual([]);
        }
      });

      it.each(outsiders)('as %s, once Slack has told who that is', async (__, actor, access) => {
        const { tools, queued } = fakeTools({ config: configOf(access) });
        await tools.authorizer.authorize(actor, { command: 'help', clusters: [] });
        const { reply, after } = await handleCommand(text, askedBy(actor), commands, tools, noLimit);
        expect(refusals(command.name, 'prod-east')).toContain((reply ?? (await after?.()))?.text);
        expect(queued).toEqual([]);
      });
    },
  );

  const byCommand = actions.flatMap((action) => (action.decidedBy === 'request' ? [] : [action]));
  describe.each(byCommand.map((action) => [action.id, action] as const))('cannot press %s', (id, action) => {
    const click = { actionId: id, value: buttonValues[id], metadata };

    it('is tried with a value that it takes', () => {
      expect(action.decode(click.value, metadata)).toBeDefined();
      expect(commands.map(({ name }) => name)).toContain(action.command);
    });

    it.each([
      ...outsiders,
      [
        'somebody with a grant for another cluster',
        actorOf('UMEMBER'),
        otherCluster(action.command),
      ] as const,
    ])('as %s', async (_, actor, access) => {
      const shown: ModalView['blocks'][] = [];
      const { tools, queued } = fakeTools({ config: configOf(access) });
      const modals = {
        open: async () => 'V1',
        fill: async (__: string, view: ModalView) => {
          shown.push(view.blocks);
        },
      };
      const reads = jest.spyOn(tools.reports, 'find');
      const lists = jest.spyOn(tools.reports, 'history');
      const told = await handleAction(click, askedBy(actor), actions, tools, modals, noLimit);
      const words = JSON.stringify(told?.blocks ?? shown[0]);
      expect(
        [
          renderFailure({ kind: 'other-team' }),
          renderFailure({ kind: 'not-allowed', command: action.command, cluster: 'prod-east' }),
        ].map(({ blocks }) => JSON.stringify(blocks)),
      ).toContain(words);
      expect(queued).toEqual([]);
      expect(reads).not.toHaveBeenCalled();
      expect(lists).not.toHaveBeenCalled();
    });
  });

  it('has a way to try each modal that can be submitted', () => {
    // The first modal with inputs adds its walk here, like the buttons above.
    expect(views).toEqual([]);
  });
});
