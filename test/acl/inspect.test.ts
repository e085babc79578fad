import { findExcessRules, findDangerousGrants, readExpiry, evaluateNeeds } from '../../src/acl/inspect-token';
import { gatewayNeed, gatewayGrantsFor } from '../../src/acl/needs';
import { policiesOf, rights } from './support';

const needs = gatewayGrantsFor(false).map((grant) => gatewayNeed('mesh-gateway', grant));
const all = `service "mesh-gateway" { policy = "write" } service_prefix "" { policy = "read" } mesh = "write" node_prefix "" { policy = "read" }`;

const met = (...texts: readonly string[]) =>
  evaluateNeeds(rights('deny', ...texts), needs).map(({ decision }) => decision.allowed);

describe('the needs of a gateway', () => {
  it.each([
    ['all of them', [all], [true, true, true, true]],
    ['none', [''], [false, false, false, false]],
    [
      'all but writing itself',
      ['service_prefix "" { policy = "read" } mesh = "write"'],
      [false, true, true, false],
    ],
    [
      'all but reading all',
      ['service "mesh-gateway" { policy = "write" } mesh = "write"'],
      [true, false, true, false],
    ],
    ['reading all taken back for one', [all, 'service "api" { policy = "deny" }'], [true, false, true, true]],
    ['another gateway', [all.replace('mesh-gateway', 'gw-2')], [false, true, true, true]],
  ])('%s', (_, texts, expected) => {
    expect(met(...texts)).toEqual(expected);
  });

  it('include peering:read only where peering traffic goes through gateways', () => {
    expect(gatewayGrantsFor(true)).toContain('peering-read');
    expect(gatewayGrantsFor(false)).not.toContain('peering-read');
  });
});

describe('what goes beyond need', () => {
  const beyond = (text: string) =>
    findExcessRules(policiesOf(text), needs).map(
      ({ rule }) => `${rule.resource} ${rule.segment} ${rule.level}`,
    );

  it.each<[string, string, string[]]>([
    ['nothing beside the needs', all, []],
    [
      'reading nodes and agents, which is usual',
      'node_prefix "" { policy = "read" } agent "a" { policy = "read" }',
      [],
    ],
    ['denials', 'key_prefix "" { policy = "deny" }', []],
    ['another resource', 'key_prefix "" { policy = "write" }', ['key  write']],
    ['more than reading all', 'service_prefix "" { policy = "write" }', ['service  write']],
    [
      'the same twice, once',
      'acl = "read" acl = "read" key "a" { policy = "read" } key "a" { policy = "read" }',
      ['acl  read', 'key a read'],
    ],
  ])('%s', (_, text, expected) => {
    expect(beyond(text)).toEqual(expected);
  });
});

it('names rules that let their holder take over, and not what the default allows anyone', () => {
  const found = (defaultPolicy: 'allow' | 'deny', text: string) =>
    findDangerousGrants(rights(defaultPolicy, text)).map(({ question }) => question.resource);
  expect(found('deny', 'acl = "write" operator = "write"')).toEqual(['acl', 'operator']);
  expect(found('allow', 'acl = "read"')).toEqual([]);
});

describe('expiry', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  it.each([
    ['never', '', null, 'never'],
    ['never, as Go writes it', '', '0001-01-01T00:00:00Z', 'never'],
    ['expired', '', '2026-11-23T12:00:00Z', 'expired'],
    ['soon', '', '2026-11-30T12:00:00Z', 'soon'],
    ['later', '', '2026-11-30T12:00:01Z', 'later'],
    ['renewed', 'kubernetes', '2026-11-23T11:00:00Z', 'renewed'],
  ])('%s', (_, AuthMethod, ExpirationTime, expected) => {
    expect(readExpiry({ AuthMethod, ExpirationTime }, now).state).toBe(expected);
  });
});
