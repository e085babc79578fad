import { parseRecord } from '../../../../src/features/approvals/store/parse-record';
import { createSigner } from '../../../../src/signing/sign';

const signer = createSigner('k'.repeat(32));
const id = '0abc123def456ghi789';

/** The fields of a request as the first version stored and signed them. */
const stored = {
  request:
    '{"kind":"connect","acceptor":"prod-east","dialer":"prod-west","peer":"west","dialerPeer":"east","replace":false,"reason":"moves","requester":"U1","team":"T1","organisation":"E1","channel":"C1","plan":["creates peering west on prod-east"],"unusedSince":1790000000000,"digest":"d","id":"0abc123def456ghi789","createdAt":1790000000000,"expiresAt":1790001800000}',
  requestSig: '5417b9bfe8a9040b81e9de9acc382102dc90603f26e1e7f7a657bc0a2bdc5fd1',
  state: 'unknown',
  since: '1790000070000',
  fence: '1',
  decision:
    '{"verdict":"approved","by":"U2","team":"T1","reason":"fine","at":1790000060000,"validUntil":1790000960000}',
  decisionSig: 'a35895a528c1cf0bbbf36634992f993fa0c6d88cf7b7d3d755b1908b19269844',
  work: '{"before":null,"after":{"id":"p1","state":"PENDING","modifyIndex":7},"view":"V1"}',
  workSig: '11c6db36e565ae82898aa483eadff332d46346b6ee250b9ef1544d71cea6b674',
  job: 'job-1',
  card: '{"channel":"C1","ts":"1790000000.000100"}',
  outcome: '{"message":"open","facts":["a fact"]}',
};

describe('a stored request', () => {
  const card = { channel: 'C1', ts: '1790000000.000100' };
  const outcome = { message: 'open', facts: ['a fact'] };

  it.each(['card', 'outcome'] as const)(
    'keeps a %s that this bot has signed, for this request alone',
    (field) => {
      const value = { card, outcome }[field];
      const signed = (of: string) => ({
        ...stored,
        [`${field}Sig`]: signer.sign(field, { id: of, [field]: value }),
      });
      expect(parseRecord(signed(id), id, signer)).toMatchObject({ [field]: value });
      expect(parseRecord(signed('0abc123def456ghi780'), id, signer)).toMatchObject({ [field]: null });
    },
  );

  it('is read as an earlier version wrote it, but for what was not signed', () => {
    expect(parseRecord(stored, id, signer)).toEqual({
      request: {
        id: '0abc123def456ghi789',
        kind: 'connect',
        acceptor: 'prod-east',
        dialer: 'prod-west',
        peer: 'west',
        dialerPeer: 'east',
        replace: false,
        reason: 'moves',
        requester: 'U1',
        team: 'T1',
        organisation: 'E1',
        channel: 'C1',
        plan: ['creates peering west on prod-east'],
        unusedSince: 1_790_000_000_000,
        digest: 'd',
        createdAt: 1_790_000_000_000,
        expiresAt: 1_790_001_800_000,
      },
      state: 'unknown',
      since: 1_790_000_070_000,
      decision: {
        verdict: 'approved',
        by: 'U2',
        team: 'T1',
        reason: 'fine',
        at: 1_790_000_060_000,
        validUntil: 1_790_000_960_000,
      },
      yeses: [],
      yesesSig: '',
      otherCard: null,
      fence: 1,
      job: 'job-1',
      card: null,
      outcome: null,
      work: { before: null, after: { id: 'p1', state: 'PENDING', modifyIndex: 7 }, view: 'V1' },
    });
  });

  it('has nulls for what has not happened yet', () => {
    const { request, requestSig } = stored;
    expect(parseRecord({ request, requestSig, state: 'pending' }, id, signer)).toMatchObject({
      state: 'pending',
      since: 0,
      decision: null,
      fence: 0,
      job: null,
      card: null,
      outcome: null,
      work: null,
    });
  });

  it('is missing without a request', () => {
    expect(parseRecord({ state: 'pending' }, id, signer)).toBe('missing');
  });

  it.each(['requestSig', 'decisionSig', 'workSig', 'decision', 'state'] as const)(
    'is forged without %s',
    (field) => {
      expect(parseRecord({ ...stored, [field]: undefined }, id, signer)).toBe('forged');
    },
  );

  it('is forged where it was copied from another id', () => {
    expect(parseRecord(stored, '0abc123def456ghi780', signer)).toBe('forged');
  });

  it.each(['card', 'outcome'] as const)('is itself where its %s cannot be read', (field) => {
    expect(parseRecord({ ...stored, [field]: '{' }, id, signer)).toMatchObject({
      [field]: null,
      state: 'unknown',
    });
  });
});
