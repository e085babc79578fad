import type { ModalView } from '@slack/types';
import fc from 'fast-check';
import type { Config } from '../../../src/config/config';
import { inputAction } from '../../../src/render/slack/form';
import { findPeerNameProblem } from '../../../src/consul/peer-name';
import {
  RequestApproval,
  DecideApproval,
  RevealToken,
  UndoExport,
  VoidToken,
} from '../../../src/features/approvals/jobs/payloads';
import { examineSeal } from '../../../src/features/approvals/jobs/open-sealed-job';
import type { Actor } from '../../../src/access/actor';
import type { RequestFailure } from '../../../src/render/failure';
import { approvalButtons as ids, shownRequest } from '../../../src/features/approvals/cards/buttons';
import type { ApprovalRecord } from '../../../src/features/approvals/requests/request';
import { exportedRecord, pendingRecord } from './pending-record';
import {
  approvalFields as fields,
  approvalFormIds as forms,
} from '../../../src/features/approvals/new-requests/form-parts.modal';
import { encodeParts } from '../../../src/render/slack/button-value';
import { renderFailure } from '../../../src/render/slack/failure';
import { validateView } from '../../../sandbox/workspace/blocks/validate';
import { handleAction } from '../../../src/slack/handle-action';
import { handleCommand } from '../../../src/slack/handle-command';
import { handleSubmission } from '../../../src/slack/handle-submission';
import { actions, commands, submissions } from '../../../src/app/listeners';
import {
  actorOf,
  requestBy,
  configOf,
  type FakeOptions,
  fakeTools,
  noLimit,
  signer,
  withApprovals,
} from '../../slack/support';

const member = actorOf('UMEMBER');
const grants = [{ allow: ['token', 'connect'], users: ['UMEMBER'], clusters: ['prod-*'] }];
const config = withApprovals({ restrict: false, grants });
const text = (failure: RequestFailure): string => renderFailure(failure).text;

interface Claimed {
  readonly claim: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly job: string;
    readonly at: number;
  };
  readonly signature: string;
}

/** The claims of sealed jobs, which must be genuine for the id that they were queued under. */
const claimsOf = (queued: ReturnType<typeof fakeTools>['queued']) =>
  queued.map(({ job, id, payload }) => {
    const sealed = payload as Claimed;
    expect(examineSeal(signer, sealed, { id, job, at: Date.now() })).toBe('valid');
    const { at: _, id: __, ...claim } = sealed.claim;
    return claim;
  });

const who = {
  user: 'UMEMBER',
  team: 'T1',
  channel: 'C1',
  responseUrl: 'https://slack.example/respond',
};

const give = async (words: string, options: FakeOptions = {}) => {
  const { tools, queued } = fakeTools({ config, signer, ...options });
  const shown: ModalView[] = [];
  const modals = {
    open: async (view: ModalView) => {
      shown.push(view);
      return 'V1';
    },
    fill: async (_: string, view: ModalView) => {
      shown.push(view);
    },
  };
  const request = { ...requestBy(member), modals };
  const { reply, after } = await handleCommand(words, request, commands, tools, noLimit);
  return { told: reply ?? (await after?.()), queued, shown };
};

describe('/peering export', () => {
  const exporting = { allow: ['export', 'unexport'], users: ['UMEMBER'], clusters: ['prod-*'] };
  const options = { config: withApprovals({ restrict: false, grants: [exporting] }) };

  it.each(['export', 'unexport'] as const)('seals the request to %s', async (kind) => {
    const { told, queued } = await give(`${kind} api from prod-east to west for orders`, options);
    expect(told).toBeUndefined();
    expect(claimsOf(queued)).toEqual([
      {
        job: 'ask-approval',
        kind,
        acceptor: 'prod-east',
        service: 'api',
        dialer: null,
        dialerPeer: null,
        peer: 'west',
        replace: false,
        reason: 'for orders',
        ...who,
      },
    ]);
  });

  it.each([
    'export api to prod-east from west',
    'export api from prod-east to West',
    'export * from prod-east to west',
  ])('queues nothing for %s', async (words) => {
    const { told, queued } = await give(words, options);
    expect([told === undefined, queued]).toEqual([false, []]);
  });
});

describe('/peering token', () => {
  it.each([
    ['token prod-east west', { peer: 'west', replace: false, reason: '' }],
    ['token prod-east west moving house', { peer: 'west', replace: false, reason: 'moving house' }],
    ['token prod-east west replace', { peer: 'west', replace: true, reason: '' }],
    ['token prod-east west replace it is gone', { peer: 'west', replace: true, reason: 'it is gone' }],
    ['token prod-east west replacement', { peer: 'west', replace: false, reason: 'replacement' }],
    ['token prod-east west "<!channel> & co"', { peer: 'west', replace: false, reason: '<!channel> & co' }],
  ])('seals the request: %s', async (words, request) => {
    const { told, queued } = await give(words);
    expect(told).toBeUndefined();
    expect(RequestApproval.safeParse(queued[0]?.payload).success).toBe(true);
    expect(claimsOf(queued)).toEqual([
      {
        job: 'ask-approval',
        kind: 'token',
        acceptor: 'prod-east',
        dialer: null,
        dialerPeer: null,
        ...request,
        ...who,
      },
    ]);
  });

  it('names no peer that Consul would not take', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[a-zA-Z0-9_.-]{1,70}$/), async (peer) => {
        const { told, queued } = await give(`token prod-east ${peer}`);
        const fine = findPeerNameProblem(peer) === undefined;
        expect(queued).toHaveLength(fine ? 1 : 0);
        expect(told === undefined).toBe(fine);
      }),
    );
  });

  it.each(['token', 'establish'])('names no peer that a route of Consul stands before: %s', async (peer) => {
    const { told, queued } = await give(`token prod-east ${peer}`);
    expect(told?.text).toContain(`/v1/peering/${peer}`);
    expect(queued).toEqual([]);
  });

  it.each([
    [0, true],
    [1, false],
    [undefined, false],
  ])('says that no worker takes it, where Redis says so: %s', async (workers, says) => {
    const { told, queued } = await give('token prod-east west', { workers });
    expect(queued).toHaveLength(1);
    expect(told?.text.toLowerCase().includes('no worker') ?? false).toBe(says);
  });

  it('says that Redis does not answer', async () => {
    const { told } = await give('token prod-east west', { enqueued: { kind: 'failed' } });
    expect(told?.text).toBe(text({ kind: 'queue-down' }));
  });
});

describe('/peering connect', () => {
  const named = (peers: Readonly<Record<string, Readonly<Record<string, string>>>>): Config => ({
    ...config,
    clusters: new Map(
      [...config.clusters].map(([name, cluster]) => [name, { ...cluster, peers: peers[name] ?? {} }]),
    ),
  });

  it.each([
    [{}, { peer: 'prod-west', dialerPeer: 'prod-east' }],
    [{ 'prod-east': { west: 'prod-west' } }, { peer: 'west', dialerPeer: 'prod-east' }],
    [
      { 'prod-east': { lab: 'staging', west: 'prod-west' }, 'prod-west': { east: 'prod-east' } },
      { peer: 'west', dialerPeer: 'east' },
    ],
  ])('names the peers as the configuration does: %j', async (peers, names) => {
    const { told, queued } = await give('connect prod-east prod-west new region', { config: named(peers) });
    expect(told).toBeUndefined();
    expect(claimsOf(queued)).toEqual([
      {
        job: 'ask-approval',
        kind: 'connect',
        acceptor: 'prod-east',
        dialer: 'prod-west',
        ...names,
        replace: false,
        reason: 'new region',
        ...who,
      },
    ]);
  });

  it('needs a right to both clusters', async () => {
    for (const words of ['connect prod-east staging', 'connect staging prod-east']) {
      const { told, queued } = await give(words);
      expect(told?.text).toMatch(/not allowed/);
      expect(queued).toEqual([]);
    }
  });

  it('connects no cluster with itself', async () => {
    const { told, queued } = await give('connect prod-east prod-east');
    expect(told?.text).toContain('itself');
    expect(queued).toEqual([]);
  });
});

describe('where it is not set up', () => {
  const grantsOnly = configOf({ restrict: false, grants });
  const withoutWest: Config = {
    ...config,
    clusters: new Map([
      ...config.clusters,
      ...[...grantsOnly.clusters].filter(([name]) => name === 'prod-west'),
    ]),
  };

  it.each([
    ['no approvals are configured', 'token prod-east west', { config: grantsOnly }, null],
    ['no signing key is set', 'token prod-east west', { signer: undefined }, null],
    ['a cluster has no token to write with', 'token prod-west east', { config: withoutWest }, 'prod-west'],
    ['one of two has none', 'connect prod-east prod-west', { config: withoutWest }, 'prod-west'],
    ['one of two has none', 'connect prod-west prod-east', { config: withoutWest }, 'prod-west'],
  ])('says so at once: %s', async (_, words, options, cluster) => {
    const { told, queued } = await give(words, options);
    expect(told?.text).toBe(text({ kind: 'not-set-up', cluster }));
    expect(queued).toEqual([]);
  });

  it.each(['token', 'connect'])('offers nothing to fill in for %s', async (words) => {
    const { shown } = await give(words, { config: grantsOnly });
    expect(JSON.stringify(shown.at(-1)?.blocks)).toBe(
      JSON.stringify(renderFailure({ kind: 'not-set-up', cluster: null }).blocks),
    );
    expect(shown.at(-1)?.submit).toBeUndefined();
  });
});

describe('the forms', () => {
  const submit = async (
    callbackId: string,
    metadata: readonly string[],
    inputs: Readonly<Record<string, object>>,
    options: FakeOptions = {},
  ) => {
    const { tools, queued } = fakeTools({ config, signer, ...options });
    const values = Object.fromEntries(
      Object.entries(inputs).map(([block, input]) => [block, { [inputAction]: input }]),
    );
    const submitted = {
      callback_id: callbackId,
      private_metadata: JSON.stringify([1, ...metadata]),
      state: { values },
    };
    const { responseUrl: _, ...request } = requestBy({ ...member, channel: '' });
    return { ...(await handleSubmission(submitted, request, submissions, tools, noLimit)), queued };
  };
  const chosen = (value: string) => ({ selected_option: { text: {}, value } });
  const typed = (value: string | null) => ({ value });
  const noNames = { [fields.peer]: typed(null), [fields.dialerPeer]: typed(null) };
  const { responseUrl: _, ...inModal } = who;

  describe.each(['disconnect', 'renew'] as const)('%s', (kind) => {
    const allowed = withApprovals({
      restrict: false,
      grants: [{ allow: [kind], users: ['UMEMBER'], clusters: ['prod-*'] }],
    });

    it('opens with drop-downs of clusters that the person may know of, with what was typed', async () => {
      const { told, shown } = await give(`${kind} prod-west`, { config: allowed });
      const [, form] = shown;
      expect([told, form?.callback_id, validateView({ ...form })]).toEqual([undefined, forms[kind], []]);
      expect(JSON.stringify(form)).toContain(
        '"initial_option":{"text":{"type":"plain_text","text":"prod-west"}',
      );
      expect(JSON.stringify(form)).not.toContain('staging');
    });

    it('seals what was filled in, under the names in the configuration', async () => {
      const inputs = {
        [fields.acceptor]: chosen('prod-east'),
        [fields.dialer]: chosen('prod-west'),
        [fields.reason]: typed(' over '),
      };
      const { queued, errors } = await submit(forms[kind], ['C1'], inputs, { config: allowed });
      expect(errors).toBeUndefined();
      expect(claimsOf(queued)).toMatchObject([
        { kind, acceptor: 'prod-east', dialer: 'prod-west', reason: 'over', channel: 'C1' },
      ]);
    });

    it('says below the field that a cluster has no peering with itself', async () => {
      const inputs = {
        [fields.acceptor]: chosen('prod-east'),
        [fields.dialer]: chosen('prod-east'),
        [fields.reason]: typed(null),
      };
      const { queued, errors } = await submit(forms[kind], ['C1'], inputs, { config: allowed });
      expect([Object.keys(errors ?? {}), queued]).toEqual([[fields.dialer], []]);
    });
  });

  describe.each(['export', 'unexport'] as const)('%s', (kind) => {
    const peered = (peers: Readonly<Record<string, string>>): Config => {
      const allowed = withApprovals({
        restrict: false,
        grants: [{ allow: [kind], users: ['UMEMBER'], clusters: ['prod-*'] }],
      });
      const clusters = [...allowed.clusters].map(
        ([name, cluster]) => [name, name === 'prod-east' ? { ...cluster, peers } : cluster] as const,
      );
      return { ...allowed, clusters: new Map(clusters) };
    };

    it('opens with a drop-down of clusters and peers that the person may know of, with what was typed', async () => {
      const { told, shown } = await give(`${kind} api`, {
        config: peered({ west: 'prod-west', lab: 'staging' }),
      });
      const [, form] = shown;
      expect([told, form?.callback_id, validateView({ ...form })]).toEqual([undefined, forms[kind], []]);
      const offered = JSON.stringify(form);
      expect(offered).toContain(JSON.stringify(encodeParts(['prod-east', 'west'])));
      expect(offered).toContain('"initial_value":"api"');
      expect(offered).not.toContain('→ lab');
    });

    it('says so where no peer is known', async () => {
      const { shown } = await give(kind, { config: peered({}) });
      expect(shown.at(-1)?.submit).toBeUndefined();
    });

    it('seals what was filled in', async () => {
      const inputs = {
        [fields.service]: typed(' api '),
        [fields.peer]: chosen(encodeParts(['prod-east', 'west']) ?? ''),
        [fields.reason]: typed(null),
      };
      const { queued } = await submit(forms[kind], ['C1'], inputs, { config: peered({ west: 'prod-west' }) });
      expect(claimsOf(queued)).toMatchObject([
        { kind, acceptor: 'prod-east', peer: 'west', service: 'api', dialer: null, channel: 'C1' },
      ]);
    });

    it.each(['*', '', 'a b'])('says below the field that "%s" is no service', async (service) => {
      const inputs = {
        [fields.service]: typed(service),
        [fields.peer]: chosen(encodeParts(['prod-east', 'west']) ?? ''),
        [fields.reason]: typed(null),
      };
      const { queued, errors } = await submit(forms[kind], ['C1'], inputs, {
        config: peered({ west: 'prod-west' }),
      });
      expect([Object.keys(errors ?? {}), queued]).toEqual([[fields.service], []]);
    });
  });

  it.each(['token', 'connect'])('opens for %s, with clusters that the person may know of', async (words) => {
    const { told, queued, shown } = await give(words);
    expect([told, queued]).toEqual([undefined, []]);
    expect(shown).toHaveLength(2);
    const [, form] = shown;
    expect(form?.callback_id).toBe(forms[words as 'token' | 'connect']);
    expect(validateView({ ...form })).toEqual([]);
    const offered = JSON.stringify(form);
    expect(offered).toContain('prod-west');
    expect(offered).not.toContain('staging');
    expect(form?.private_metadata).toBe('[1,"C1"]');
  });

  it('has what was typed already', async () => {
    const { shown } = await give('connect prod-west');
    expect(JSON.stringify(shown[1])).toContain(
      '"initial_option":{"text":{"type":"plain_text","text":"prod-west"}',
    );
  });

  it.each([
    ['token staging', { kind: 'not-allowed', command: 'token', cluster: 'staging' }],
    [
      'token prod-eats',
      {
        kind: 'unknown-cluster',
        cluster: 'prod-eats',
        nearest: 'prod-east',
        known: ['prod-east', 'prod-west'],
      },
    ],
  ] as const)('does not open for %s', async (words, failure) => {
    const { told, shown } = await give(words);
    expect(told?.text).toBe(text(failure));
    expect(shown).toEqual([]);
  });

  it('fits whatever number of clusters there is, and says what it is where no modal can be opened', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `prod-${index}-${'x'.repeat(50)}`);
    const { shown } = await give('connect', { config: withApprovals({ restrict: false, grants }, names) });
    expect(validateView({ ...shown[1] })).toEqual([]);
    expect(JSON.stringify(shown[1]).length).toBeLessThan(250_000);
    expect(JSON.stringify(shown[1])).toContain('Search 2,000 clusters');
    const { tools } = fakeTools({ config, signer });
    const tooLate = { open: async () => undefined, fill: async () => undefined };
    const request = { ...requestBy(member), modals: tooLate };
    const { after } = await handleCommand('token', request, commands, tools, noLimit);
    expect((await after?.())?.text).toBe(text({ kind: 'no-modal', command: 'token' }));
  });

  it('seals what was filled in for a token', async () => {
    const { queued, ...handled } = await submit(forms.token, ['C1'], {
      [fields.acceptor]: chosen('prod-east'),
      [fields.peer]: typed(' west '),
      [fields.reason]: typed('a\nreason'),
      [fields.replace]: { selected_options: [{ value: 'replace' }] },
    });
    expect(handled).toEqual({});
    expect(claimsOf(queued)).toEqual([
      {
        job: 'ask-approval',
        kind: 'token',
        acceptor: 'prod-east',
        dialer: null,
        dialerPeer: null,
        peer: 'west',
        replace: true,
        reason: 'a\nreason',
        ...inModal,
      },
    ]);
  });

  it.each([
    [' lb.example:8503,\n10.0.0.1:8503 ', ['lb.example:8503', '10.0.0.1:8503']],
    ['', undefined],
  ])('seals the server addresses that were filled in: %j', async (addresses, externalAddresses) => {
    for (const [form, more] of [
      [forms.token, { [fields.peer]: typed('west') }],
      [forms.connect, { [fields.dialer]: chosen('prod-west'), ...noNames }],
    ] as const) {
      const { queued } = await submit(form, ['C1'], {
        [fields.acceptor]: chosen('prod-east'),
        [fields.reason]: typed(null),
        [fields.externalAddresses]: typed(addresses),
        ...more,
      });
      expect(claimsOf(queued)[0]?.['externalAddresses']).toEqual(externalAddresses);
    }
  });

  it.each(['lb.example', 'https://lb.example:8503', 'lb.example:8503, 10.0.0:1', 'a:1 '.repeat(11)])(
    'names the field of server addresses that are none, or too many: %s',
    async (addresses) => {
      const { queued, ...handled } = await submit(forms.token, ['C1'], {
        [fields.acceptor]: chosen('prod-east'),
        [fields.peer]: typed('west'),
        [fields.reason]: typed(null),
        [fields.externalAddresses]: typed(addresses),
      });
      expect(queued).toEqual([]);
      expect(handled).toMatchObject({ errors: { [fields.externalAddresses]: expect.any(String) } });
    },
  );

  it('seals what was filled in to connect, and names what was left empty', async () => {
    const { queued, ...handled } = await submit(forms.connect, ['C1'], {
      [fields.acceptor]: chosen('prod-west'),
      [fields.dialer]: chosen('prod-east'),
      [fields.peer]: typed('orders'),
      [fields.dialerPeer]: typed(null),
      [fields.reason]: typed(null),
    });
    expect(handled).toEqual({});
    expect(claimsOf(queued)).toEqual([
      {
        job: 'ask-approval',
        kind: 'connect',
        acceptor: 'prod-west',
        dialer: 'prod-east',
        peer: 'orders',
        dialerPeer: 'prod-west',
        replace: false,
        reason: '',
        ...inModal,
      },
    ]);
  });

  it('says what is wrong with an input at that input', async () => {
    const { errors, queued } = await submit(forms.connect, ['C1'], {
      [fields.acceptor]: chosen('prod-west'),
      [fields.dialer]: chosen('prod-west'),
      [fields.peer]: typed('No Such'),
      [fields.dialerPeer]: typed('-x'),
      [fields.reason]: typed(null),
    });
    expect(Object.keys(errors ?? {}).toSorted()).toEqual(
      [fields.dialer, fields.dialerPeer, fields.peer].toSorted(),
    );
    expect(queued).toEqual([]);
    const token = await submit(forms.token, ['C1'], {
      [fields.acceptor]: chosen('prod-east'),
      [fields.peer]: typed('West'),
      [fields.reason]: typed(null),
    });
    expect(Object.keys(token.errors ?? {})).toEqual([fields.peer]);
    expect(token.queued).toEqual([]);
  });

  it('keeps the modal open in words where the request could not be queued', async () => {
    const inputs = {
      [fields.acceptor]: chosen('prod-east'),
      [fields.peer]: typed('west'),
      [fields.reason]: typed(null),
    };
    const { reply } = await submit(forms.token, ['C1'], inputs, { enqueued: { kind: 'failed' } });
    expect(reply?.text).toBe(text({ kind: 'queue-down' }));
  });

  it('undoes the change that the modal showed', async () => {
    const undoing = shownRequest(exportedRecord('request00001').request);
    const metadata = [undoing.request, 'C1', undoing.fingerprint];
    const { queued, ...handled } = await submit(forms.undo, metadata, {});
    expect(handled).toEqual({});
    expect(UndoExport.safeParse(queued[0]?.payload).success).toBe(true);
    expect(claimsOf(queued)).toEqual([{ job: 'undo-export', ...undoing, ...inModal }]);
  });

  it('denies with the reason that was given', async () => {
    const { queued, ...handled } = await submit(forms.deny, ['request00001', 'C1'], {
      [fields.reason]: typed('not this week'),
    });
    expect(handled).toEqual({});
    expect(DecideApproval.safeParse(queued[0]?.payload).success).toBe(true);
    expect(claimsOf(queued)).toEqual([
      {
        job: 'decide-approval',
        request: 'request00001',
        verdict: 'denied',
        reason: 'not this week',
        ...inModal,
      },
    ]);
  });

  it.each([
    [forms.token, ['C1'], {}],
    [
      forms.token,
      [],
      { [fields.acceptor]: chosen('prod-east'), [fields.peer]: typed('w'), [fields.reason]: typed('') },
    ],
    [forms.connect, ['C1'], { [fields.acceptor]: typed('prod-east') }],
    [forms.deny, ['../request', 'C1'], { [fields.reason]: typed('x') }],
    [forms.deny, ['request00001', 'C1'], { [fields.reason]: typed(' ') }],
  ])('takes nothing that is not its own: %s %j', async (id, metadata, inputs) => {
    const { reply, queued } = await submit(id, metadata, inputs);
    expect(reply).toBeDefined();
    expect(queued).toEqual([]);
  });
});

describe('the buttons on the card', () => {
  const press = async (actionId: string, value: string | undefined, options: FakeOptions = {}) => {
    const { tools, queued, recorded } = fakeTools({ config, signer, ...options });
    const shown: ModalView[] = [];
    const modals = {
      open: async (view: ModalView) => {
        shown.push(view);
        return 'VOPENED';
      },
      fill: async (_: string, view: ModalView) => {
        shown.push(view);
      },
    };
    const told = await handleAction({ actionId, value }, requestBy(member), actions, tools, modals, noLimit);
    return { told, queued, recorded, shown };
  };
  const request = 'request00001';
  const deciding: Config = {
    ...config,
    approvals: {
      channel: 'C0APPROVALS',
      approvers: { users: [member.user], usergroups: [] },
      expiresMs: 1_800_000,
    },
  };
  const { fingerprint } = shownRequest(pendingRecord(request).request);
  const undoable = exportedRecord(request);
  const undoing = shownRequest(undoable.request);

  it.each([
    [ids.cancel.id, { job: 'decide-approval', verdict: 'cancelled', reason: '' }, DecideApproval],
    [ids.void.id, { job: 'void-token' }, VoidToken],
  ])('%s seals its job', async (id, claim, schema) => {
    for (const value of [request, `${request}.${fingerprint}`]) {
      const { told, queued, shown } = await press(id, value);
      expect([told, shown]).toEqual([undefined, []]);
      expect(schema.safeParse(queued[0]?.payload).success).toBe(true);
      const bound = value === request ? {} : { fingerprint };
      expect(claimsOf(queued)).toEqual([{ ...claim, request, ...bound, ...who }]);
    }
  });

  it.each([
    [ids.approve.id, forms.approve],
    [ids.deny.id, forms.deny],
  ])(
    '%s shows the request again before it counts, also from a card of an earlier version',
    async (id, form) => {
      for (const value of [request, `${request}.${fingerprint}`]) {
        const { queued, shown } = await press(id, value, { config: deciding });
        expect(queued).toEqual([]);
        expect(shown[1]?.callback_id).toBe(form);
        expect(validateView({ ...shown[1] })).toEqual([]);
        expect(JSON.stringify(shown[1]?.blocks)).toContain('creates peering west on prod-east');
        expect(shown[1]?.private_metadata).toBe(`[1,"${request}","C1","${fingerprint}"]`);
      }
    },
  );

  it('shows what Undo changes before it counts, to the requester and the approvers', async () => {
    const options = { config: deciding, signed: { approvals: { find: async () => undoable } } };
    for (const value of [request, `${request}.${undoing.fingerprint}`]) {
      const { queued, shown } = await press(ids.undo.id, value, options);
      expect(queued).toEqual([]);
      expect(shown[1]?.callback_id).toBe(forms.undo);
      expect(validateView({ ...shown[1] })).toEqual([]);
      expect(JSON.stringify(shown[1]?.blocks)).toContain('prod-east no longer exports api to west');
      expect(shown[1]?.private_metadata).toBe(`[1,"${request}","C1","${undoing.fingerprint}"]`);
    }
  });

  it.each<[string, ApprovalRecord | 'missing' | 'forged', string | undefined]>([
    ['is gone', 'missing', undefined],
    ['is not genuine', 'forged', undefined],
    ['is another', undoable, '0'.repeat(32)],
    ['is about a peering', { ...pendingRecord(request), state: 'done' }, undefined],
    ['runs', { ...undoable, state: 'running' }, undefined],
    ['is undone', { ...undoable, outcome: { message: '', facts: [], undone: true } }, undefined],
  ])('undoes nothing of a request that %s', async (_, record, other) => {
    const value = other === undefined ? request : `${request}.${other}`;
    const options = { config: deciding, signed: { approvals: { find: async () => record } } };
    const { queued, shown } = await press(ids.undo.id, value, options);
    expect([queued, shown[1]?.submit]).toEqual([[], undefined]);
  });

  it('shows no request other than the one on the card, and none that was decided or is gone', async () => {
    const find = (record: ApprovalRecord | 'missing' | 'forged') => ({
      signed: { approvals: { find: async () => record } },
    });
    for (const [value, options] of [
      [`${request}.${'0'.repeat(32)}`, {}],
      [request, find('missing')],
      [request, find('forged')],
      [request, find({ ...pendingRecord(request), state: 'approved' })],
    ] as const) {
      const { queued, shown } = await press(ids.approve.id, value, { config: deciding, ...options });
      expect([queued, shown[1]?.submit]).toEqual([[], undefined]);
    }
  });

  it('reveals in an empty modal, of which the job hears only the id', async () => {
    const { told, queued, shown } = await press(ids.reveal.id, request);
    expect(told).toBeUndefined();
    expect(shown).toHaveLength(1);
    expect(shown[0]).not.toHaveProperty('submit');
    expect(shown[0]).not.toHaveProperty('notify_on_close');
    expect(JSON.stringify(shown[0]?.blocks)).not.toMatch(/"(?:input|actions|button)"/);
    expect(RevealToken.safeParse(queued[0]?.payload).success).toBe(true);
    expect(claimsOf(queued)).toEqual([{ job: 'reveal-token', request, view: 'VOPENED', ...who }]);
  });

  it('takes a double click for one, and clicks of others for theirs', async () => {
    const { tools, queued } = fakeTools({ config, signer });
    let opened = 0;
    const modals = {
      open: async () => `V${(opened += 1)}`,
      fill: async () => undefined,
    };
    const click = (who: Actor) =>
      handleAction(
        { actionId: ids.reveal.id, value: request },
        requestBy(who),
        actions,
        tools,
        modals,
        noLimit,
      );
    expect(await click(actorOf('UOTHER'))).toBeUndefined();
    expect(await click(member)).toBeUndefined();
    expect((await click(member))?.text).toContain('a moment ago');
    expect([opened, queued.length]).toEqual([2, 2]);
  });

  it('says that Redis does not answer, in the modal where one is open', async () => {
    const down = { enqueued: { kind: 'failed' } } as const;
    expect((await press(ids.cancel.id, request, down)).told?.text).toBe(text({ kind: 'queue-down' }));
    const { told, shown } = await press(ids.reveal.id, request, down);
    expect(told).toBeUndefined();
    expect(shown.at(-1)?.blocks).toEqual(renderFailure({ kind: 'queue-down' }).blocks);
  });

  it('refuses outsiders also while nothing can be written down', async () => {
    const { tools, queued } = fakeTools({ config, signer });
    const guest = actorOf('UGUEST');
    await tools.authorizer.authorize(guest, { command: 'help', clusters: [] });
    const away = { ...tools, record: () => Promise.reject(new Error('Redis is away')) };
    const modals = { open: async () => undefined, fill: async () => undefined };
    const click = { actionId: ids.approve.id, value: request };
    const told = await handleAction(click, requestBy(guest), actions, away, modals, noLimit);
    expect(told?.text).toBe(text({ kind: 'other-team' }));
    expect(queued).toEqual([]);
  });

  it.each([undefined, '', 'short', 'request00001!', 'a'.repeat(41), '{"request":"request00001"}'])(
    'takes no value that was tampered with: %j',
    async (value) => {
      for (const id of Object.values(ids).map((button) => button.id)) {
        const { told, queued, shown } = await press(id, value);
        expect(told?.text).toBe(text({ kind: 'unexpected', requestId: 'request-1' }));
        expect([...queued, ...shown]).toEqual([]);
      }
    },
  );
});
