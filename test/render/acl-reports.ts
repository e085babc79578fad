import fc from 'fast-check';
import type { AclReport, AclTokenReport } from '../../src/report/acl';
import { hostileText } from './hostile';

/** A token of a report, with differences from one that is right. */
export const aclToken = (over: Partial<AclTokenReport> = {}): AclTokenReport => ({
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

/** A report of one cluster. */
export const aclReport = (over: Partial<AclReport> = {}): AclReport => ({
  schemaVersion: 1,
  cluster: 'prod-east',
  readAt: '2026-11-23T14:03:22.000Z',
  enabled: true,
  defaultPolicy: 'deny',
  tokens: [aclToken()],
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

/** Reports whose texts are hostile. */
export const hostileAclReport: fc.Arbitrary<AclReport> = fc.record({
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
