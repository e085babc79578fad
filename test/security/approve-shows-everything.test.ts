import { isShownWhole, renderApprovalCard } from '../../src/features/approvals/cards/card.message';
import { confirmModal, type ConfirmServices } from '../../src/features/approvals/decisions/confirm';
import { notShownWhole } from '../../src/features/approvals/cards/describe-state';
import { fingerprintOf } from '../../src/features/approvals/requests/fingerprint';
import { planConnect, type ClusterFacts } from '../../src/features/approvals/plans/plan';
import type { ApprovalRequest } from '../../src/features/approvals/requests/request';
import { pendingRecord } from '../features/approvals/pending-record';
import { actorOf, requestBy } from '../slack/support';

const { request: usual } = pendingRecord('k3x0aaaaaaaaaaaaaaa');
const longest = { cluster: `prod-${'e'.repeat(58)}t`, peer: `p${'w'.repeat(61)}t` };

const factsOf = (name: string, trustDomain: string): ClusterFacts => ({
  name,
  address: `https://${trustDomain}`,
  datacenter: 'dc1',
  partition: 'default',
  trustDomain,
  peeringEnabled: true,
  mayWrite: true,
  peering: null,
});

/** A connect of the longest names that there are. */
const long = (): ApprovalRequest => {
  const names = { peer: longest.peer, dialerPeer: longest.peer.replace('p', 'q') };
  const dialer = longest.cluster.replace('prod', 'labs');
  const plan = planConnect(factsOf(longest.cluster, 'a'), factsOf(dialer, 'b'), names);
  if (!plan.ok) throw new Error(plan.error);
  return { ...usual, ...names, kind: 'connect', acceptor: longest.cluster, dialer, plan: plan.value.changes };
};

const cardOf = (request: ApprovalRequest): string =>
  JSON.stringify(
    renderApprovalCard({
      request,
      state: 'pending',
      since: 0,
      decision: null,
      outcome: null,
      readiness: [],
      needed: [
        {
          clusters: ['prod-east'],
          channels: ['C0'],
          samePerson: false,
          approvers: { users: ['UAPPROVER'], usergroups: [] },
        },
      ],
      yeses: [],
    }),
  );

const confirm = async (verdict: 'approved' | 'denied', request: ApprovalRequest) => {
  const services = {
    config: {},
    signed: { approvals: { find: async () => ({ ...pendingRecord(request.id), request }) } },
    approvers: { authorize: async () => ({ ok: true, value: { kind: 'allowed' } }) },
    record: async () => undefined,
  } as unknown as ConfirmServices;
  const value = { request: request.id, fingerprint: fingerprintOf(request) };
  const context = { ...requestBy(actorOf('UAPPROVER')), ...services, value };
  return confirmModal(verdict, context as unknown as Parameters<typeof confirmModal>[1]);
};

it('shows the longest names and changes in full beside Approve, on the card and in the modal', async () => {
  const request = long();
  const shown = [cardOf(request), JSON.stringify(await confirm('approved', request))];
  const whole = [request.acceptor, request.dialer ?? '', request.peer, ...request.plan];
  for (const text of shown) {
    for (const name of whole) expect(text).toContain(name);
    expect(text).not.toContain(' more⟩');
  }
  expect(shown[0]).toContain('Approve…');
});

describe.each([
  ['a planned change that a hostile cluster made long', { plan: [`is ${'A'.repeat(10_000)}: end`] }],
  ['a name that is too long', { acceptor: 'a'.repeat(200) }],
  ['a name that is long once it is escaped', { peer: '<'.repeat(90) }],
])('with %s', (_, changes) => {
  const request = { ...usual, ...changes };

  it('offers no Approve, but Deny', async () => {
    expect(isShownWhole(request)).toBe(false);
    expect(cardOf(request)).not.toContain('Approve…');
    expect(cardOf(request)).toContain('Deny…');
    expect(await confirm('approved', request)).toEqual(notShownWhole);
    expect(await confirm('denied', request)).toMatchObject({ type: 'modal' });
  });
});
