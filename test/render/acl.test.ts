import fc from 'fast-check';
import { renderAclText } from '../../src/render/acl';
import { renderAcl } from '../../src/features/acl/acl.message';
import { aclButtons } from '../../src/features/acl/acl-buttons';
import { messageRoom } from '../../src/render/slack/limits';
import type { AclReport, AclTokenReport } from '../../src/report/acl';
import { hostileText } from './hostile';
import { expectMessage, requester } from './slack/held';

const token = (over: Partial<AclTokenReport> = {}): AclTokenReport => ({
  whose: 'the token of mesh-gateway',
  accessor: '8f2c6a1e-5a0d-4a0f-9c0a-0f6f2f5a9b11',
  description: 'gateways',
  linked: ['policy mesh-gateway'],
  state: 'read',
  reason: '',
  management: false,
  expiry: 'never',
  expires: null,
  grants: [{ right: 'mesh:write', allowed: true, because: 'mesh = "write" in gateway, line 1', why: 'TLS' }],
  remediation: [],
  beyond: [],
  ...over,
});

const report = (over: Partial<AclReport> = {}): AclReport => ({
  schemaVersion: 1,
  cluster: 'prod-east',
  readAt: '2026-11-23T14:03:22.000Z',
  enabled: true,
  defaultPolicy: 'deny',
  tokens: [token()],
  candidates: [],
  notes: [],
  ...over,
});

const hostileToken: fc.Arbitrary<AclTokenReport> = fc.record({
  whose: hostileText,
  accessor: hostileText,
  description: hostileText,
  linked: fc.array(hostileText, { maxLength: 20 }),
  state: fc.constantFrom('read', 'unreadable', 'hidden', 'gone'),
  reason: hostileText,
  management: fc.boolean(),
  expiry: fc.constantFrom('never', 'renewed', 'expired', 'soon', 'later'),
  expires: fc.oneof(fc.constant(null), hostileText),
  grants: fc.array(
    fc.record({ right: hostileText, allowed: fc.boolean(), because: hostileText, why: hostileText }),
    { maxLength: 8 },
  ),
  remediation: fc.array(
    fc.record({ title: hostileText, language: fc.constantFrom('hcl', 'shell'), code: hostileText }),
    { maxLength: 4 },
  ),
  beyond: fc.array(fc.record({ rule: hostileText, policy: hostileText }), { maxLength: 30 }),
});

const hostileReport: fc.Arbitrary<AclReport> = fc.record({
  schemaVersion: fc.constant(1),
  cluster: hostileText,
  readAt: fc.oneof(fc.constant('2026-11-23T14:03:22.000Z'), hostileText),
  enabled: fc.boolean(),
  defaultPolicy: fc.constantFrom('allow', 'deny', null),
  tokens: fc.array(hostileToken, { maxLength: 12 }),
  candidates: fc.array(
    fc.record({
      gateway: hostileText,
      tokens: fc.array(
        fc.record({ by: fc.constantFrom('accessor', 'role'), name: hostileText, description: hostileText }),
        { maxLength: 5 },
      ),
      found: fc.nat(5000),
      searched: fc.nat(5000),
      management: fc.nat(9),
    }),
    { maxLength: 5 },
  ),
  notes: fc.array(hostileText, { maxLength: 5 }),
});

describe('an inspection in Slack', () => {
  it('is what Slack takes, in few messages, and mentions nobody, whatever tokens are called', () => {
    fc.assert(
      fc.property(hostileReport, fc.boolean(), (found, shared) => {
        const messages = renderAcl(found, { accessor: null, requestedBy: requester, shared });
        expect(messages.length).toBeGreaterThan(0);
        expect(messages.length).toBeLessThanOrEqual(4);
        for (const message of messages) expectMessage(message, messageRoom);
      }),
      { numRuns: 200 },
    );
  });

  const buttons = (shared: boolean): string[] =>
    renderAcl(report(), { accessor: 'abcdef12', requestedBy: requester, shared }).flatMap(({ blocks }) =>
      blocks.flatMap((block) =>
        block.type === 'actions'
          ? block.elements.flatMap((element) => (element.type === 'button' ? (element.value ?? '') : []))
          : [],
      ),
    );

  it('carries what to share while it is private, and no button once it is shared', () => {
    expect(buttons(false).map(aclButtons.share.decode)).toEqual([
      { cluster: 'prod-east', accessor: 'abcdef12' },
    ]);
    expect(buttons(true)).toEqual([]);
  });

  it('keeps a value through its button, and takes no other', () => {
    fc.assert(
      fc.property(hostileText, fc.oneof(fc.constant(null), hostileText), (cluster, accessor) => {
        const value = aclButtons.share.encode({ cluster, accessor });
        if (value === undefined || cluster === '') return;
        expect(value).not.toMatch(/[&<>]/u);
        // JSON cannot hold a lone surrogate as such, and says so.
        expect(aclButtons.share.decode(value)).toEqual({ cluster, accessor });
      }),
    );
    for (const value of [undefined, '', '[]', '[2,"a",null]', '[1,"",null]', '[1,"a",7]', 'x'.repeat(3000)]) {
      expect(aclButtons.share.decode(value)).toBeUndefined();
    }
  });
});

describe('an inspection at a terminal', () => {
  it('cannot move the cursor, hide text or colour what should be plain', () => {
    fc.assert(
      fc.property(hostileReport, (found) => {
        const text = renderAclText(found, { colour: false, width: 80 });
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['✓', {}],
    ['✗', { grants: [{ right: 'mesh:write', allowed: false, because: 'default', why: 'TLS' }] }],
    ['✗', { expiry: 'expired', expires: '2026-11-20T00:00:00Z' }],
    ['!', { management: true }],
    ['?', { state: 'gone', grants: [] }],
    ['?', { state: 'unreadable', grants: [] }],
  ] as const)('marks a token with %s', (mark, over) => {
    const text = renderAclText(report({ tokens: [token(over)] }), {
      colour: false,
      width: 80,
    });
    expect(text.split('\n')).toContainEqual(
      expect.stringMatching(new RegExp(`^[${mark}] the token of`, 'u')),
    );
  });

  it('shows commands at the left margin, letter for letter', () => {
    const code = 'consul acl policy create -name a -rules - <<\'EOF\'\nmesh = "write"\nEOF\n';
    const remediation = [{ title: 'Grant it', language: 'shell', code }] as const;
    expect(
      renderAclText(report({ tokens: [token({ remediation })] }), { colour: false, width: 80 }),
    ).toContain(`\n${code}`);
  });
});
