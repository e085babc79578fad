import { clusterLeader } from '../../src/checks/consul/cluster-leader';
import type { ModalView } from '@slack/types';
import type { Report } from '../../src/report/report';
import { runButtons } from '../../src/features/history/run-buttons';
import { filterActionId } from '../../src/features/check/details-filter';
import { renderFailure } from '../../src/render/slack/failure';
import { historyButtons } from '../../src/features/history/history-buttons';
import { modal } from '../../src/render/slack/modal';
import { loadingMessage } from '../../src/render/slack/notice';
import { handleAction } from '../../src/slack/handle-action';
import { actions } from '../../src/app/listeners';
import type { RunSummary } from '../../src/features/history/reports.store';
import { actorOf, requestBy, type FakeOptions, fakeTools, noLimit } from './support';

const report = (cluster: string): Report => ({
  schemaVersion: 1,
  cluster: { name: cluster, datacenter: 'dc1', consulVersion: '1.20.1' },
  peer: null,
  startedAt: '2026-11-23T06:00:00.000Z',
  durationMs: 1,
  verdict: 'ready',
  summary: { errors: 0, warnings: 0, passed: 1, skipped: 0, unknown: 0, muted: 0 },
  peers: [],
  notes: [],
  results: [
    {
      id: 'cluster-leader',
      group: 'consul',
      title: clusterLeader.title,
      status: 'pass',
      severity: 'error',
      reason: '',
      findings: [],
    },
  ],
});

const press = async (
  actionId: string,
  value: string | undefined,
  {
    opens = true,
    metadata,
    ...options
  }: FakeOptions & { readonly opens?: boolean; readonly metadata?: string } = {},
) => {
  const { tools, queued } = fakeTools({ reports: { 'run-1': report('prod-east') }, ...options });
  const shown: string[] = [];
  const note = (view: ModalView): void => {
    shown.push(JSON.stringify(view.blocks));
  };
  const modals = {
    open: async (view: ModalView) => {
      note(view);
      return opens ? 'V1' : undefined;
    },
    fill: async (_: string, view: ModalView) => note(view),
  };
  const told = await handleAction(
    { actionId, value, ...(metadata === undefined ? {} : { metadata }) },
    requestBy(actorOf('UMEMBER')),
    actions,
    tools,
    modals,
    noLimit,
  );
  return { told, queued, shown };
};

const value = runButtons.runAgain.encode({ cluster: 'prod-east', peer: 'west', run: 'run-1' });

describe('handleAction', () => {
  it('runs the check of the button again', async () => {
    const { told, queued, shown } = await press(runButtons.runAgain.id, value);
    expect(told).toBeUndefined();
    expect(shown).toEqual([]);
    expect(queued).toMatchObject([{ job: 'check-cluster', payload: { cluster: 'prod-east', peer: 'west' } }]);
  });

  it('says privately that it could not', async () => {
    expect((await press(runButtons.runAgain.id, value, { enqueued: { kind: 'failed' } })).told).toEqual(
      renderFailure({ kind: 'queue-down' }),
    );
    expect(
      (await press(runButtons.runAgain.id, value, { enqueued: { kind: 'joined', id: 'x' } })).told,
    ).toEqual(renderFailure({ kind: 'joined', cluster: 'prod-east' }));
  });

  it.each([runButtons.details.id, runButtons.allChecks.id])(
    'opens a modal first for %s, and fills it with the stored run',
    async (id) => {
      const { told, queued, shown } = await press(id, value);
      expect(told).toBeUndefined();
      expect(queued).toEqual([]);
      expect(shown).toHaveLength(2);
      expect(shown[0]).toBe(JSON.stringify(loadingMessage.blocks));
      expect(shown[1]).toContain('prod-east');
    },
  );

  it('says that the run is no longer kept', async () => {
    const gone = JSON.stringify(renderFailure({ kind: 'run-gone', cluster: 'prod-east' }).blocks);
    const { shown } = await press(runButtons.details.id, value, { reports: {} });
    expect(shown[1]).toBe(gone);
  });

  it('shows no run of another cluster than the one that access was decided for', async () => {
    const gone = JSON.stringify(renderFailure({ kind: 'run-gone', cluster: 'prod-east' }).blocks);
    const { shown } = await press(runButtons.details.id, value, {
      reports: { 'run-1': report('secret-cluster') },
    });
    expect(shown[1]).toBe(gone);
  });

  it('says that the modal could not be opened in time, and does nothing more', async () => {
    const { told, shown } = await press(runButtons.details.id, value, { opens: false });
    expect(told?.text).toBe(renderFailure({ kind: 'no-modal', command: null }).text);
    expect(shown).toHaveLength(1);
  });

  it.each([
    undefined,
    '',
    '{}',
    '[1,"",null,null]',
    'x'.repeat(3000),
    runButtons.runAgain.encode({ cluster: 'prod-east', peer: null, run: null }),
  ])('takes no value that is not its own: %j', async (wrong) => {
    const { told, queued, shown } = await press(runButtons.details.id, wrong);
    expect(told?.text).toBe(renderFailure({ kind: 'unexpected', requestId: 'request-1' }).text);
    expect([...queued, ...shown]).toEqual([]);
  });

  it.each([
    ['a bug', new Error('undefined is not a function'), { kind: 'unexpected', requestId: 'request-1' }],
    [
      'an outage of Redis',
      new Error('Connection is closed.'),
      { kind: 'store-down', what: 'the content of the modal' },
    ],
  ] as const)('does not leave a modal loading after %s', async (_, error, failure) => {
    const { tools } = fakeTools();
    const find = async (): Promise<never> => {
      throw error;
    };
    const shown: string[] = [];
    const modals = {
      open: async () => 'V1',
      fill: async (_: string, view: ModalView) => {
        shown.push(JSON.stringify(view.blocks));
      },
    };
    const away = { ...tools, reports: { ...tools.reports, find } };
    const click = { actionId: runButtons.details.id, value };
    await handleAction(click, requestBy(actorOf('UMEMBER')), actions, away, modals, noLimit);
    expect(shown).toEqual([JSON.stringify(renderFailure(failure).blocks)]);
  });

  describe('what is kept of a cluster', () => {
    const summary = (run: string): RunSummary => ({
      run,
      at: '2026-11-23T06:00:00.000Z',
      verdict: 'ready',
      findings: { error: 0, warning: 0, info: 0 },
      peer: null,
      durationMs: 1,
    });
    const kept = {
      reports: { 'run-1': report('prod-east'), 'run-2': report('prod-east'), 'run-3': report('staging') },
      history: [summary('run-2'), summary('run-1')],
    };
    const of = (run: string | null, other: string | null) =>
      historyButtons.runs.encode({ cluster: 'prod-east', run, other });
    const gone = JSON.stringify(renderFailure({ kind: 'run-gone', cluster: 'prod-east' }).blocks);

    it('is listed, offered to compare with, and compared, without running anything', async () => {
      const presses = await Promise.all([
        press(historyButtons.runs.id, of(null, null), kept),
        press(historyButtons.pick.id, of('run-1', null), kept),
        press(historyButtons.compare.id, of('run-1', 'run-2'), kept),
      ]);
      expect(presses.flatMap(({ queued }) => queued)).toEqual([]);
      const [runs, pick, compared] = presses.map(({ shown }) => shown[1]);
      expect(runs).toMatch(/run-2.*run-1/s);
      expect(pick).toContain('run-2');
      expect(compared).toMatch(/run-1.*run-2/s);
    });

    it.each([
      ['the first is gone', 'run-0', 'run-1'],
      ['the second is gone', 'run-1', 'run-0'],
      ['one is of another cluster', 'run-1', 'run-3'],
    ])('is not compared where %s', async (_, run, other) => {
      expect((await press(historyButtons.compare.id, of(run, other), kept)).shown[1]).toBe(gone);
    });

    it('says that the run to compare with is gone', async () => {
      expect((await press(historyButtons.pick.id, of('run-0', null), kept)).shown[1]).toBe(gone);
    });

    const inside = (cluster: string, run: string) =>
      modal('x', 'x', { channel: 'C1', cluster, run }, []).private_metadata ?? '';
    it('is filtered by the run that the modal carries', async () => {
      const pressed = await press(filterActionId, 'check:cluster-leader', {
        ...kept,
        metadata: inside('prod-east', 'run-1'),
      });
      expect(pressed.shown[1]).toContain(clusterLeader.title);
      const wrong = { ...kept, metadata: inside('prod-east', 'run-3') };
      expect((await press(filterActionId, 'all', wrong)).shown[1]).toBe(gone);
      const none = await press(filterActionId, 'all', kept);
      expect(none.told?.text).toBe(renderFailure({ kind: 'unexpected', requestId: 'request-1' }).text);
    });
  });

  it('leaves buttons alone that only open a link', async () => {
    expect(await press('some-link', undefined)).toEqual({ told: undefined, queued: [], shown: [] });
  });
});
