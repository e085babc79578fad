import { undoExportJob } from '../../../../src/features/approvals/undo/undo-export-job';
import { shownRequest } from '../../../../src/features/approvals/cards/buttons';
import { people } from '../../../../sandbox/workspace/people';
import { describeWith } from '../../../lab/binaries';
import { omitUndefined } from '../../../../src/omit-undefined';
import {
  callFromWest,
  grantAll,
  peerClusters,
  type Scenery,
  setStage,
  type Stage,
  setStageForEach,
} from '../stage';

jest.setTimeout(120_000);

interface Entry {
  readonly Services: readonly object[] | null;
  readonly Meta?: object;
  readonly ModifyIndex: number;
}

const others = [
  { Name: 'api', Consumers: [{ Peer: 'lab' }] },
  { Name: 'billing', Consumers: [{ Peer: 'west' }, { Peer: 'lab' }] },
];
const withApi = [{ Name: 'api', Consumers: [{ Peer: 'lab' }, { Peer: 'west' }] }, others[1]];

describeWith(['redis', 'consul'], 'exports behind approval', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const put = (Services: readonly object[], more = {}): Promise<unknown> =>
    scenery.east.agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services,
      ...more,
    });
  const entry = async (): Promise<Entry | undefined> => {
    const path = '/v1/config/exported-services/default';
    const { status, body } = await scenery.east.agent.request<Entry>('GET', path);
    return status === 200 ? body : undefined;
  };
  const services = async () => (await entry())?.Services ?? [];
  const written = (): number => scenery.east.proxy.count('PUT /v1/config');
  const approved = async (kind: 'export' | 'unexport'): Promise<void> => {
    await stage.ask(stage[kind]);
    await stage.decide('approved');
  };
  const undo = async (user: string = people.requester.id) =>
    stage.run(undoExportJob, {
      ...shownRequest((await stage.record()).request),
      ...(await stage.actorOf(user)),
    });

  /** Matches the step of a card's record that names who has undone the change. */
  const undoneBy = (user: string): RegExp => new RegExp(`undone [^·]* by <@${user}>`);

  it('adds one consumer, keeps all others, and puts it back by button', async () => {
    await put(others, { Meta: { owner: 'somebody' } });
    expect(await stage.ask(stage.export)).toEqual({ kind: 'done', as: 'asked' });
    const index = (await entry())?.ModifyIndex ?? 0;
    expect(stage.card().text).toContain(`index ${index}`);
    await stage.decide('approved');
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'exported' }]);
    expect(await services()).toEqual(withApi);
    expect((await entry())?.Meta).toEqual({ owner: 'somebody' });
    expect(await stage.actions()).toEqual(['request', 'approve', 'start', 'write-entry', 'finish']);

    expect(stage.buttons()).toEqual(['approval:undo']);
    expect(await undo()).toEqual({ kind: 'done', as: 'undone' });
    expect(await services()).toEqual(others);
    expect(stage.buttons()).toEqual([]);
    expect(stage.card().text).toMatch(undoneBy(people.requester.id));
    expect(await undo()).toEqual({ kind: 'done', as: 'refused' });
    expect(written()).toBe(2);
  });

  it('is asked for while the peerings are not answered, which the card says', async () => {
    await put(others);
    let answer = (): void => undefined;
    scenery.east.proxy.before('GET /v1/peerings', () => new Promise<void>((done) => (answer = done)));
    try {
      expect(await stage.ask(stage.export)).toEqual({ kind: 'done', as: 'asked' });
      const { notes = [] } = (await stage.record()).request;
      expect(notes).toContain('not visible: the peerings of prod-east');
    } finally {
      answer();
    }
  });

  it('ends, and says that the calls are not visible, while the peerings are not answered', async () => {
    await stage.stop();
    const grants = [{ ...grantAll, allow: [...grantAll.allow, 'check'] as const }];
    stage = await setStage(scenery, { restrict: true, grants, readsClusters: true });
    await peerClusters(scenery);
    await put([{ Name: 'api', Consumers: [{ Peer: 'west' }] }]);
    const answers: (() => void)[] = [];
    scenery.east.proxy.before('GET /v1/peerings', () => new Promise<void>((done) => answers.push(done)));
    try {
      expect(await stage.ask(stage.unexport)).toEqual({ kind: 'done', as: 'asked' });
      const { notes = [] } = (await stage.record()).request;
      expect(notes).toEqual([expect.stringMatching(/not visible.*peerings of prod-east/)]);
    } finally {
      for (const answer of answers) answer();
    }
  });

  it('removes one consumer, and the service with its last one, and puts it back by button', async () => {
    await put([{ Name: 'api', Consumers: [{ Peer: 'west' }] }]);
    await approved('unexport');
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'no longer exported' }]);
    expect(await services()).toEqual([]);
    expect(await undo(people.approver.id)).toEqual({ kind: 'done', as: 'undone' });
    expect(stage.card().text).toMatch(undoneBy(people.approver.id));
    expect(await services()).toEqual([{ Name: 'api', Consumers: [{ Peer: 'west' }] }]);
  });

  it('creates the entry where there is none', async () => {
    await approved('export');
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'exported' }]);
    expect(await services()).toEqual([{ Name: 'api', Consumers: [{ Peer: 'west' }] }]);
  });

  it.each([
    ['it is exported already', 'export', withApi, {}],
    ['it is not exported', 'unexport', others, {}],
    ['only "*" exports it', 'unexport', [{ Name: '*', Consumers: [{ Peer: 'west' }] }], {}],
    ['all services are meant', 'export', others, { service: '*' }],
    ['the service has no name', 'export', others, { service: 'a b' }],
  ] as const)('is refused where %s', async (_, kind, before, more) => {
    await put(before as readonly object[]);
    expect(await stage.ask({ ...stage[kind], ...more })).toEqual({ kind: 'done', as: 'refused' });
    expect([stage.cards(), written()]).toEqual([[], 0]);
  });

  it('names the rule that the token lacks', async () => {
    const weak = await scenery.east.agent.tokenWith('peering = "write"');
    await stage.stop();
    stage = await setStage({ ...scenery, env: { ...scenery.env, WRITE_EAST: weak.secret } });
    expect(await stage.ask(stage.export)).toEqual({ kind: 'done', as: 'refused' });
    expect(stage.whispers().join()).toContain('mesh = ');
  });

  it('shows the resource to apply where Kubernetes manages the entry, and writes nothing', async () => {
    await put(others, { Meta: { 'external-source': 'kubernetes' } });
    expect(await stage.ask(stage.export)).toEqual({ kind: 'done', as: 'managed' });
    const answer = JSON.stringify(stage.slack.ephemerals(people.requester.id));
    for (const part of ['kind: ExportedServices', 'peer: west', 'peer: lab']) expect(answer).toContain(part);
    expect([stage.cards(), written()]).toEqual([[], 0]);
  });

  it('writes nothing over a change since approval', async () => {
    await put(others);
    await approved('export');
    await put([...others, { Name: 'web', Consumers: [{ Peer: 'lab' }] }]);
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(await services()).toHaveLength(3);
    expect(written()).toBe(0);
  });

  it('writes nothing over a change at the last moment, nor where the entry was just created', async () => {
    for (const before of [others, undefined]) {
      await scenery.clear();
      await stage.redis.flushall();
      if (before) await put(before);
      await approved('export');
      const late = [{ Name: 'web', Consumers: [{ Peer: 'lab' }] }];
      scenery.east.proxy.before('PUT /v1/config', () => put(late));
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
      expect(await services()).toEqual(late);
    }
  });

  it.each([
    ['error-after', 'exported'],
    ['drop-after', 'exported'],
    ['drop-before', 'failed'],
  ] as const)('ends truly where Consul does not answer (%s)', async (fault, as) => {
    await put(others);
    await approved('export');
    scenery.east.proxy.next('PUT /v1/config', fault);
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as }]);
    expect(await services()).toEqual(as === 'exported' ? withApi : others);
    if (as === 'exported') expect(await undo()).toEqual({ kind: 'done', as: 'undone' });
  });

  it('undoes nothing where somebody has changed the entry since, and not for others', async () => {
    await put(others);
    await approved('export');
    await stage.runQueued();
    expect(await undo(people.lead.id)).toEqual({ kind: 'done', as: 'refused' });
    const { id } = (await stage.record()).request;
    const unbound = { request: id, ...(await stage.actorOf(people.requester.id)) };
    expect(await stage.run(undoExportJob, unbound)).toEqual({ kind: 'done', as: 'unbound' });
    expect(await services()).toEqual(withApi);
    await put([...(await services()), { Name: 'web', Consumers: [{ Peer: 'lab' }] }]);
    expect(await undo()).toEqual({ kind: 'done', as: 'refused' });
    expect(await services()).toHaveLength(3);
  });

  it('undoes nothing where another approval has changed the entry back since', async () => {
    const without = [others[1] ?? {}];
    const exported = [{ Name: 'api', Consumers: [{ Peer: 'west' }] }, others[1] ?? {}];
    await put(exported);
    await approved('unexport');
    await stage.runQueued();
    await put(exported);
    await put(without);
    expect(await undo()).toEqual({ kind: 'done', as: 'refused' });
    expect(await services()).toEqual(without);
  });

  it.each([
    ['of a requester who may check it', undefined, true],
    ['of nobody else', ['prod-east'], false],
  ])('shows calls from the other side on cards %s', async (_, clusters, shown) => {
    const grant = { ...grantAll, allow: [...grantAll.allow, 'check'], ...omitUndefined({ clusters }) };
    await stage.stop();
    stage = await setStage(scenery, { restrict: true, grants: [grant], readsClusters: true });
    await peerClusters(scenery);
    await callFromWest(scenery, 'hidden-web');
    await put([{ Name: 'api', Consumers: [{ Peer: 'west' }] }]);
    for (const kind of ['unexport', 'export'] as const) {
      await stage.redis.flushall();
      await approved(kind);
      await stage.runQueued();
      const { request, outcome, state } = await stage.record();
      expect(state).toBe('done');
      expect(JSON.stringify([request.notes, outcome, stage.card()]).includes('hidden-web')).toBe(shown);
    }
  });
});
