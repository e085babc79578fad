import type { GatewayGrant } from '../../../src/acl/needs';
import { exampleGatewayToken, gatewayRules } from '../../../src/checks/examples/acl';
import { exampleGateway } from '../../../src/checks/examples/parts';
import type { GatewayToken, TokenCandidates } from '../../../src/snapshot/acl-sections';
import { type Changes, checkTable, codesOf, resultFor, type Row } from '../check-table';
import { exportOnly, importOnly, localMode } from '../mesh-gateways/changes';
import { peers } from '../changes';
import { hidden, partial } from '../world';

/** Tests the check of one grant that the token of each mesh gateway needs. */

interface GrantTable {
  readonly id: string;
  readonly grant: GatewayGrant;
  /** Rules that grant almost that: in another place, or to read alone. */
  readonly insufficient: string;
  /** Differences without which the check does not apply. */
  readonly changes?: Changes;
  /** Rows of this check alone. */
  readonly rows?: readonly Row[];
}

const failed = ['error', 'mesh-gateway mesh-gateway'] as const;
const warned = ['warning', 'mesh-gateway mesh-gateway'] as const;

/** The token of another gateway. */
const tokenOf = (gateway: string, rules: string): GatewayToken => ({
  ...exampleGatewayToken(rules),
  gateway,
});

const { token: _, ...gone } = exampleGatewayToken(gatewayRules);

/** A token that may be that of a gateway, as the search finds it. */
const candidate = {
  accessor: 'aaaaaaaa-0000-0000-0000-000000000000',
  description: '<!channel> gateways',
  roles: ['gateways'],
  authMethod: '',
  rules: 3,
  names: true,
};

type Searched = Partial<TokenCandidates['gateways'][number]>;
type Granting = TokenCandidates['gateways'][number]['granting'];

/** The clusters file names no token, and the search finds this for each gateway. */
const searched = (...gateways: readonly Searched[]): Pick<Changes, 'gatewayTokens' | 'tokenCandidates'> => ({
  gatewayTokens: [],
  tokenCandidates: {
    endpoint: '/v1/acl/tokens',
    gateways: gateways.map((changes) => ({
      gateway: 'mesh-gateway',
      candidates: [],
      found: 0,
      searched: 12,
      management: 1,
      unreadable: 0,
      granting: granting(1),
      ...changes,
    })),
  },
});

const granting = (count: number): Granting => ({
  'service-write': count,
  'service-read': count,
  'node-read': count,
  'mesh-write': count,
  'peering-read': count,
});
const all = granting(1);
const none = granting(0);

export const grantTable = ({ id, grant, insufficient, changes = {}, rows = [] }: GrantTable): void => {
  const named = (...gatewayTokens: readonly GatewayToken[]): Changes => ({ ...changes, gatewayTokens });
  const search = (...gateways: readonly Searched[]): Changes => ({
    ...changes,
    ...searched(...gateways),
  });
  /** One check reports that no token has all grants: that of a grant that none has, else the first. */
  const isFirst = grant === 'service-write';
  // Peering traffic itself goes through the gateway where `peering:read` is checked.
  const outsidePaths = grant === 'peering-read' ? failed : warned;
  // Calls that leave the cluster need no instance of it.
  const failedInLocalMode = grant === 'node-read' ? warned : failed;
  const goneFindings = isFirst ? [warned] : [];
  const othersMissing: Granting = { ...none, [grant]: 1 };

  checkTable(id, [
    ['the token grants it', { ...changes }, 'pass'],
    ['it is missing', named(exampleGatewayToken(insufficient)), 'fail', failed],
    ['the token grants nothing', named(exampleGatewayToken('')), 'fail', failed],
    [
      'the tokens of two gateways of three do not grant it',
      named(tokenOf('a', ''), tokenOf('b', gatewayRules.replace('"mesh-gateway"', '"b"')), tokenOf('c', '')),
      'fail',
      ['error', 'mesh-gateway a'],
      ['error', 'mesh-gateway c'],
      ['info', 'mesh-gateway mesh-gateway'],
    ],
    ['its rules cannot be read', named(exampleGatewayToken('mesh = "write"\nservice "a" {')), 'unknown'],
    ['it is gone', named(gone), 'unknown', ...goneFindings],
    [
      'it is gone, and another does not grant it',
      named(gone, exampleGatewayToken('')),
      'fail',
      failed,
      ...goneFindings,
    ],
    [
      'a registered gateway is not named',
      {
        ...changes,
        gateways: [exampleGateway(), exampleGateway({ service: { Service: 'gateway-2' } })],
      },
      'pass',
      ['info', 'mesh-gateway gateway-2'],
    ],
    [
      'a registered gateway is not named, and the token of another is gone',
      { ...named(gone), gateways: [exampleGateway({ service: { Service: 'gateway-2' } })] },
      'unknown',
      ...goneFindings,
      ['info', 'mesh-gateway gateway-2'],
    ],
    [
      'the cluster only imports in remote mode, so that the gateway is in no path',
      { ...named(exampleGatewayToken('')), ...importOnly },
      'fail',
      outsidePaths,
    ],
    [
      'the cluster only imports, in local mode',
      { ...named(exampleGatewayToken('')), ...importOnly, ...localMode },
      'fail',
      failedInLocalMode,
    ],
    ['the cluster exports', { ...named(exampleGatewayToken('')), ...exportOnly }, 'fail', failed],
    ['there is no peering yet', { ...named(exampleGatewayToken('')), ...peers() }, 'fail', failed],
    [
      'the cluster only imports, as far as it is visible',
      { ...named(exampleGatewayToken('')), ...importOnly, exportedServices: hidden() },
      'fail',
      failed,
    ],
    [
      'the cluster only imports, and modes are not visible',
      { ...named(exampleGatewayToken('')), ...importOnly, proxyDefaults: hidden() },
      'fail',
      failedInLocalMode,
    ],
    ['ACLs are disabled', { ...changes, acl: { enabled: false, anonymous: false } }, 'skip'],
    [
      'no gateway is registered, and no token is named',
      { ...changes, gatewayTokens: [], gateways: [] },
      'skip',
    ],
    [
      'gateways are not visible, and no token is named',
      { ...changes, gatewayTokens: [], gateways: hidden() },
      'unknown',
    ],
    ['gateways are not visible, and a token is named', { ...changes, gateways: hidden() }, 'pass'],
    ['tokens are not visible', { ...changes, gatewayTokens: hidden() }, 'unknown'],
    [
      'some tokens are not visible',
      { ...changes, gatewayTokens: partial([exampleGatewayToken(gatewayRules)]) },
      'unknown',
    ],
    ['ACLs are not visible', { ...changes, acl: hidden() }, 'unknown'],

    ['no token is named, and none in the cluster grants it', search({ granting: none }), 'fail', warned],
    [
      'no token is named, and none grants it for one gateway of two',
      search({ granting: none }, { gateway: 'b', found: 1, candidates: [candidate], granting: all }),
      'fail',
      warned,
    ],
    [
      'no token is named, and none grants it for two gateways',
      search({ granting: none }, { gateway: 'b', granting: none }),
      'fail',
      warned,
      ['warning', 'mesh-gateway b'],
    ],
    ['no token is named, and none grants the others', search({ granting: othersMissing }), 'skip'],
    [
      'no token is named, and no single one grants everything',
      search({ granting: all }),
      ...(isFirst ? (['fail', warned] as const) : (['skip'] as const)),
    ],
    [
      'no token is named, none grants it, and some cannot be read',
      search({ granting: none, unreadable: 1 }),
      'skip',
    ],
    [
      'no token is named, and one grants everything',
      search({ granting: all, found: 1, candidates: [candidate] }),
      'skip',
    ],
    [
      'no token is named, and tokens are not visible',
      { ...changes, gatewayTokens: [], tokenCandidates: hidden() },
      'skip',
    ],
    [
      'no token is named, and some tokens are not visible',
      {
        ...search({ granting: none }),
        tokenCandidates: partial({ endpoint: '/v1/acl/tokens', gateways: [] }),
      },
      'skip',
    ],
    ...rows,
  ]);

  describe(`${id} says`, () => {
    const reason = (one: Changes) => resultFor(id, one).reason;

    it('where rules cannot be read', () => {
      const unreadable = named(exampleGatewayToken('mesh = "write"\nservice "a" {'));
      expect(reason(unreadable)).toMatch(/line 2, column 14/u);
    });

    it('which rule the bot needs to read tokens', () => {
      expect(reason({ ...changes, gatewayTokens: hidden({ needs: ['acl = "read"'] }) })).toContain(
        'acl = "read"',
      );
      const unsearched = { gatewayTokens: [], tokenCandidates: hidden({ needs: ['acl = "read"'] }) };
      expect(reason({ ...changes, ...unsearched })).toContain('acl = "read"');
    });

    it('how to name a candidate in the clusters file', () => {
      const found = { granting: all, found: 1, candidates: [candidate] };
      expect(reason(search(found))).toContain(`accessor: ${candidate.accessor}`);
      const login = { ...found, candidates: [{ ...candidate, authMethod: 'kubernetes' }] };
      expect(reason(search(login))).toContain('role: gateways');
      expect(reason(search({ granting: none, unreadable: 1 }))).not.toContain('tokens ');
    });

    it('what a named token lacks, with the rule that grants it', () => {
      const [finding] = resultFor(id, named(exampleGatewayToken(insufficient))).findings;
      expect(finding?.evidence[0]?.endpoint).toContain('/v1/acl/token/');
      expect(codesOf(resultFor(id, named(exampleGatewayToken(insufficient)))).length).toBeGreaterThan(0);
    });
  });
};
