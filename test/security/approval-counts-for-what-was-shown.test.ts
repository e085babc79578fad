import { fingerprintOf } from '../../src/features/approvals/requests/fingerprint';
import { decideApproval } from '../../src/features/approvals/decisions/decide-approval';
import { people } from '../../sandbox/workspace/people';
import { peerClusters, type Scenery, type Stage, setStageForEach } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';

jest.setTimeout(90_000);

const { approver } = people;
const keyOf = (id: string): string => `peering-bot:{approvals}:request:${id}`;

describeWith(['redis', 'consul'], 'an approval counts for what its approver was shown', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  /** Two requests that wait: for the peers `harmless` and `other`. */
  const ask = async (): Promise<readonly { readonly id: string; readonly fingerprint: string }[]> => {
    await stage.ask({ peer: 'harmless' });
    await stage.ask({ peer: 'other' });
    const records = await stage.tools().tokens.approvals.open();
    return ['harmless', 'other'].map((peer) => {
      const found = records.find(({ request }) => request.peer === peer);
      if (found === undefined) throw new Error(`no request for ${peer}`);
      return { id: found.request.id, fingerprint: fingerprintOf(found.request) };
    });
  };
  const approve = async (request: string, fingerprint: string | undefined) =>
    stage.run(decideApproval, {
      request,
      fingerprint,
      verdict: 'approved',
      reason: '',
      ...(await stage.actorOf(approver.id)),
    });
  const approvals = async (): Promise<number> =>
    (await stage.actions()).filter((action) => action === 'approve').length;

  it('and not for a record that was copied to the id of its card', async () => {
    const [harmless, other] = await ask();
    await stage.redis.copy(keyOf(other?.id ?? ''), keyOf(harmless?.id ?? ''), 'REPLACE');
    for (const fingerprint of [harmless?.fingerprint, other?.fingerprint]) {
      expect(await approve(harmless?.id ?? '', fingerprint)).toEqual({ kind: 'done', as: 'forged' });
    }
    expect(await approvals()).toBe(0);
    const pending = await stage.tools().tokens.approvals.find(other?.id ?? '');
    expect(pending).toMatchObject({ state: 'pending' });
  });

  it('and not for the request whose id an attacker put into its button', async () => {
    const [harmless, other] = await ask();
    expect(await approve(other?.id ?? '', harmless?.fingerprint)).toEqual({
      kind: 'done',
      as: 'other-request',
    });
    expect(await approvals()).toBe(0);
  });

  it('and not for a request that differs in the server addresses alone', async () => {
    await stage.ask({ peer: 'harmless', externalAddresses: ['lb.example:8503'] });
    await stage.ask({ peer: 'harmless', externalAddresses: ['evil.example:8503'] });
    const records = await stage.tools().tokens.approvals.open();
    const [harmless, evil] = ['lb.example:8503', 'evil.example:8503'].map((address) =>
      records.find(({ request }) => request.externalAddresses?.[0] === address),
    );
    if (!harmless || !evil) throw new Error('no requests');
    expect(await approve(evil.request.id, fingerprintOf(harmless.request))).toEqual({
      kind: 'done',
      as: 'other-request',
    });
    const changed = JSON.stringify({ ...harmless.request, externalAddresses: ['evil.example:8503'] });
    await stage.redis.hset(keyOf(harmless.request.id), 'request', changed);
    expect(await approve(harmless.request.id, fingerprintOf(harmless.request))).toEqual({
      kind: 'done',
      as: 'forged',
    });
    expect(await approvals()).toBe(0);
  });

  it.each(['disconnect', 'renew', 'export'] as const)(
    'and not for a %s in place of another request',
    async (kind) => {
      await peerClusters(scenery);
      await stage.ask({ peer: 'harmless' });
      await stage.ask(stage[kind]);
      const records = await stage.tools().tokens.approvals.open();
      const [harmless, wanton] = ['token', kind].map((one) =>
        records.find(({ request }) => request.kind === one),
      );
      if (!harmless || !wanton) throw new Error('no requests');
      expect(await approve(wanton.request.id, fingerprintOf(harmless.request))).toEqual({
        kind: 'done',
        as: 'other-request',
      });
      const changed = JSON.stringify({ ...harmless.request, kind, dialer: 'prod-west', dialerPeer: 'east' });
      await stage.redis.hset(keyOf(harmless.request.id), 'request', changed);
      for (const fingerprint of [harmless.request, wanton.request].map(fingerprintOf))
        expect(await approve(harmless.request.id, fingerprint)).toEqual({ kind: 'done', as: 'forged' });
      expect(await approvals()).toBe(0);
    },
  );

  it('and not for a request that was changed, and not by a decision that was written', async () => {
    const [harmless, other] = await ask();
    const [first = '', second = ''] = [harmless?.id, other?.id];
    const request = (await stage.redis.hget(keyOf(first), 'request')) ?? '';
    expect(request).toContain('harmless');
    await stage.redis.hset(keyOf(first), 'request', request.replace('harmless', 'unwanted'));
    const decision = {
      verdict: 'approved',
      by: approver.id,
      team: stage.slack.teamId,
      at: Date.now(),
      validUntil: Date.now() + 60_000,
      reason: '',
    };
    await stage.redis.hset(keyOf(second), { state: 'approved', decision: JSON.stringify(decision) });
    const found = [first, second].map((id) => stage.tools().tokens.approvals.find(id));
    expect(await Promise.all(found)).toEqual(['forged', 'forged']);
    expect(await approve(first, harmless?.fingerprint)).toEqual({ kind: 'done', as: 'forged' });
    expect(await approvals()).toBe(0);
  });

  it('and for nothing without a modal that showed it', async () => {
    const [harmless] = await ask();
    expect(await approve(harmless?.id ?? '', undefined)).toEqual({ kind: 'done', as: 'unbound' });
    expect(await approvals()).toBe(0);
    expect(await approve(harmless?.id ?? '', harmless?.fingerprint)).toEqual({
      kind: 'done',
      as: 'approved',
    });
  });
});
