import type { ModalView } from '@slack/types';
import type { Report } from '../../src/report/report';
import { actionIds, encodeCheckAction } from '../../src/render/slack/buttons';
import { renderFailure } from '../../src/render/slack/failure';
import { loading } from '../../src/render/slack/notice';
import { handleAction } from '../../src/slack/handle-action';
import { actions } from '../../src/slack/registry';
import { actorOf, askedBy, type FakeOptions, fakeTools, noLimit } from './support';

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
      title: 'The cluster has a leader',
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
  { opens = true, ...options }: FakeOptions & { readonly opens?: boolean } = {},
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
    { actionId, value },
    askedBy(actorOf('UMEMBER')),
    actions,
    tools,
    modals,
    noLimit,
  );
  return { told, queued, shown };
};

const value = encodeCheckAction({ cluster: 'prod-east', peer: 'west', run: 'run-1' });

describe('handleAction', () => {
  it('runs the check of the button again', async () => {
    const { told, queued, shown } = await press(actionIds.runAgain, value);
    expect(told).toBeUndefined();
    expect(shown).toEqual([]);
    expect(queued).toMatchObject([{ job: 'check-cluster', payload: { cluster: 'prod-east', peer: 'west' } }]);
  });

  it('says privately that it could not', async () => {
    expect((await press(actionIds.runAgain, value, { enqueued: { kind: 'failed' } })).told).toEqual(
      renderFailure({ kind: 'queue-down' }),
    );
    expect((await press(actionIds.runAgain, value, { enqueued: { kind: 'joined', id: 'x' } })).told).toEqual(
      renderFailure({ kind: 'joined', cluster: 'prod-east' }),
    );
  });

  it.each([actionIds.details, actionIds.allChecks])(
    'opens a modal first for %s, and fills it with the stored run',
    async (id) => {
      const { told, queued, shown } = await press(id, value);
      expect(told).toBeUndefined();
      expect(queued).toEqual([]);
      expect(shown).toHaveLength(2);
      expect(shown[0]).toBe(JSON.stringify(loading.blocks));
      expect(shown[1]).toContain('prod-east');
    },
  );

  it('says that the run is no longer kept', async () => {
    const gone = JSON.stringify(renderFailure({ kind: 'run-gone', cluster: 'prod-east' }).blocks);
    const { shown } = await press(actionIds.details, value, { reports: {} });
    expect(shown[1]).toBe(gone);
  });

  it('shows no run of another cluster than the one that access was decided for', async () => {
    const gone = JSON.stringify(renderFailure({ kind: 'run-gone', cluster: 'prod-east' }).blocks);
    const { shown } = await press(actionIds.details, value, {
      reports: { 'run-1': report('secret-cluster') },
    });
    expect(shown[1]).toBe(gone);
  });

  it('does nothing more where the modal could not be opened in time', async () => {
    const { told, shown } = await press(actionIds.details, value, { opens: false });
    expect(told).toBeUndefined();
    expect(shown).toHaveLength(1);
  });

  it.each([
    undefined,
    '',
    '{}',
    '[1,"",null,null]',
    'x'.repeat(3000),
    encodeCheckAction({ cluster: 'prod-east', peer: null, run: null }),
  ])('takes no value that is not its own: %j', async (wrong) => {
    const { told, queued, shown } = await press(actionIds.details, wrong);
    expect(told?.text).toBe(renderFailure({ kind: 'unexpected', requestId: 'request-1' }).text);
    expect([...queued, ...shown]).toEqual([]);
  });

  it('leaves buttons alone that only open a link', async () => {
    expect(await press('some-link', undefined)).toEqual({ told: undefined, queued: [], shown: [] });
  });
});
