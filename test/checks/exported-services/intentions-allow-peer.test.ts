import {
  exampleAgent,
  exampleExports,
  exampleIntentions,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { ServiceIntentions } from '../../../src/consul/wire';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { visible, check, hidden, snapshotOf } from '../world';

type Some = Partial<Snapshot['sections']>;

const id = 'intentions-allow-peer';

/** `west` is configured here too: there `web` calls `api` here, and it calls this cluster `east`. */
const caller = (sections: Some = {}, target = 'api'): Some => ({
  otherSides: visible([
    {
      peer: 'west',
      cluster: 'prod-west',
      snapshot: visible(
        snapshotOf({
          peerings: visible({
            enabled: true,
            list: [examplePeering({ Name: 'east', ID: 'far', PeerID: examplePeering().ID })],
          }),
          sidecars: visible([
            exampleSidecar([exampleUpstream({ DestinationName: target, DestinationPeer: 'east' })]),
          ]),
          intentions: visible([exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')]),
          ...sections,
        }),
      ),
    },
  ]),
});

const intentions = (...sources: Parameters<typeof exampleIntentions>[0] & object): Some => ({
  intentions: visible([exampleIntentions(sources)]),
});

const withPermissions = (Permissions: readonly object[], protocol = 'http'): Some => {
  const entry = exampleIntentions();
  const Sources = [{ Name: 'web', Peer: 'west', Permissions }];
  return {
    intentions: visible([{ ...entry, entry: ServiceIntentions.parse({ ...entry.entry, Sources }) }]),
    proxyDefaults: visible([
      {
        entry: { Kind: 'proxy-defaults', Name: 'global', Mode: '', Config: { protocol } },
        at: { endpoint: '/v1/config/proxy-defaults', path: '[0]' },
        withheld: [],
      },
    ]),
  };
};

const http = (Action: string, PathPrefix: string) => ({
  Action,
  HTTP: { PathExact: '', PathPrefix, PathRegex: '', Methods: [], Header: [] },
});

const outcome = (sections: Some): readonly string[] => {
  const result = check(id, snapshotOf(sections));
  return [
    result.status,
    ...result.findings.map(({ severity, subject }) => `${severity} ${subject.kind} ${subject.name}`),
  ];
};

describe(id, () => {
  it.each<[string, Some, readonly string[]]>([
    ['the known consumer is allowed', caller(), ['pass']],
    [
      'an intention names a peer that is no peering',
      { ...caller(), ...intentions({ name: 'web', peer: 'cluster-02' }) },
      ['fail', 'error intention web of west → api'],
    ],
    [
      'an exact deny',
      {
        ...caller(),
        ...intentions({ name: '*', peer: 'west' }, { name: 'web', peer: 'west', action: 'deny' }),
      },
      ['fail', 'error intention web of west → api'],
    ],
    [
      'a local service of the same name does not count',
      { ...caller(), ...intentions({ name: 'web' }) },
      ['fail', 'error intention web of west → api'],
    ],
    [
      'some paths denied',
      { ...caller(), ...withPermissions([http('deny', '/admin'), http('allow', '/')]) },
      ['fail', 'warning intention web of west → api'],
    ],
    [
      'L7 permissions of a tcp service',
      { ...caller(), ...withPermissions([http('allow', '/')], 'tcp') },
      ['fail', 'error intention web of west → api'],
    ],
    [
      'no consumer known, and nobody allowed',
      intentions({ name: 'web', peer: 'lab' }),
      ['fail', 'warning service api'],
    ],
    ['no consumer known, and some service allowed', {}, ['pass']],
    [
      'no intention, and the default policy allows',
      {
        intentions: visible([]),
        agent: visible(
          exampleAgent({ DebugConfig: { DefaultIntentionPolicy: 'allow', ACLResolverSettings: null } }),
        ),
      },
      ['pass'],
    ],
    [
      'no intention, and ACLs are disabled',
      {
        intentions: visible([]),
        agent: visible(exampleAgent({ DebugConfig: null })),
        acl: visible({ enabled: false, anonymous: false }),
      },
      ['pass'],
    ],
    ['nothing exported', { exportedServices: visible([]) }, ['skip']],
    ['no peering', { peerings: visible({ enabled: true, list: [] }) }, ['skip']],
    ['intentions are not visible', { intentions: hidden() }, ['unknown']],
    [
      'the other side does not show its intentions',
      { ...caller({ sidecars: visible([]), intentions: hidden() }) },
      ['unknown'],
    ],
    [
      'two services exported, the second closed',
      {
        exportedServices: visible([
          exampleExports([
            { name: 'api', peers: ['west'] },
            { name: 'pay', peers: ['west'] },
          ]),
        ]),
      },
      ['fail', 'warning service pay'],
    ],
  ])('%s', (_, sections, expected) => {
    expect(outcome(sections)).toEqual(expected);
  });

  it('reads the intentions of the other side for calls from here, and no others', () => {
    const denied = caller({ sidecars: visible([]), intentions: visible([]) });
    expect(outcome(denied)).toEqual(['fail', 'error intention web of east → billing']);
    const here = {
      intentions: visible([
        exampleIntentions(),
        exampleIntentions([{ name: 'web', action: 'allow' }], 'billing'),
      ]),
    };
    expect(outcome({ ...denied, ...here })).toEqual(['fail', 'error intention web of east → billing']);
  });

  it('offers the entry with the misnamed peer renamed, and keeps other sources', () => {
    const result = check(
      id,
      snapshotOf({
        ...caller(),
        ...intentions({ name: 'web', peer: 'wset' }, { name: 'ops', action: 'allow' }),
      }),
    );
    const code = result.findings[0]?.remediation[0]?.code ?? '';
    expect(code).toContain('"ops"');
    expect(code).toContain('"west"');
    expect(code).not.toContain('wset');
  });
});
