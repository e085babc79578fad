import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { renderFailure } from '../../../src/render/slack/failure';
import { clustersPerPage, renderHome, renderHomeNotice } from '../../../src/features/home/home.message';
import type { HomeCluster, HomeData, HomePeer } from '../../../src/features/home/home-content';
import { homeButtons } from '../../../src/features/home/home-buttons';
import { signOf } from '../../../src/features/home/peer-signs';
import { hostileText } from '../../render/hostile';
import { expectView, outline } from '../../render/slack/held';

const at = '2026-11-23T14:03:22.000Z';
const none = { error: 0, warning: 0, info: 0 };

const peer = (name: string, number: number | null, state: HomePeer['state'], back = state): HomePeer => ({
  name,
  state,
  cluster: number === null ? null : { name, number },
  back: number === null ? null : back,
});

const clusters: readonly HomeCluster[] = [
  {
    number: 1,
    name: 'prod-west',
    last: { run: 'run-1', verdict: 'not-ready', at, findings: { error: 2, warning: 1, info: 0 } },
    peers: [
      { ...peer('east', 2, 'ACTIVE'), cluster: { name: 'prod-east', number: 2 } },
      peer('lab', 3, 'PENDING', ''),
      peer('partner', null, 'FAILING'),
    ],
    trend: '▁▁▂▃',
  },
  {
    number: 2,
    name: 'prod-east',
    last: { run: 'run-2', verdict: 'ready', at, findings: none },
    peers: [peer('prod-west', 1, 'ACTIVE')],
    trend: '',
  },
  {
    number: 3,
    name: 'lab',
    peers: [peer('prod-west', 1, null, 'PENDING'), peer('staging', 27, null)],
    trend: '',
  },
];

const home = (over: Partial<HomeData> = {}): HomeData => ({
  page: 0,
  pages: 1,
  verdicts: { ready: 1, warnings: 0, 'not-ready': 1, unknown: 0, none: 1 },
  clusters,
  at,
  mayConnect: true,
  above: [],
  below: [],
  ...over,
});

const shown = (data: HomeData): string => {
  const view = renderHome(data);
  expectView(view);
  return outline(view.blocks as KnownBlock[]);
};

describe('App Home', () => {
  it('shows how the clusters are, and who peers with whom', () => {
    expect(shown(home())).toMatchSnapshot();
  });

  it('turns its pages, and carries which one it is', () => {
    const text = (page: number): string => shown(home({ page, pages: 3 }));
    expect(text(0)).toContain('[Next] home:next page:1');
    expect(text(0)).not.toContain('[Previous]');
    expect(text(1)).toMatch(/\[Previous\] home:previous page:0\n\[Next\] home:next page:2/);
    expect(text(2)).not.toContain('[Next]');
    expect(homeButtons.next.decode(renderHome(home({ page: 2, pages: 3 })).private_metadata)).toBe(2);
    expect(shown(home())).not.toContain('Page 1');
  });

  it('says that there is nothing to see, and offers only what the reader may do', () => {
    const text = shown(home({ clusters: [], verdicts: { ...home().verdicts, ready: 0 }, mayConnect: false }));
    expect(text).toContain('You do not have access to any cluster');
    expect(text).not.toContain('home:connect');
  });

  it('holds a full page of clusters with as many peers as they may have', () => {
    const names = Array.from({ length: 200 }, (_, n) => `${'n'.repeat(50)}-${n}`);
    const peers = names.map((name, n) => peer(name, n + 1, n % 3 === 0 ? 'FAILING' : 'ACTIVE', 'PENDING'));
    const full = Array.from(
      { length: clustersPerPage },
      (_, n): HomeCluster => ({
        number: n + 101,
        name: names[n + 100] ?? '',
        last: { run: 'r'.repeat(36), verdict: 'not-ready', at, findings: none },
        peers,
        trend: '▁'.repeat(14),
      }),
    );
    const text = shown(home({ clusters: full, page: 5, pages: 10 }));
    expect(text).toContain('and 194 more');
    const [head = ''] = text.split('\n').filter((line) => /^ {20,}\d/.test(line));
    expect(head.trim().split(/\s+/)).toHaveLength(16);
    expect(text).toContain('+184');
    for (const line of text.split('\n').filter((one) => /^\d+ n/.test(one)))
      expect(line.length).toBeLessThan(100);
  });

  it('says in one message why it shows nothing', () => {
    const view = renderHomeNotice(renderFailure({ kind: 'other-team' }));
    expectView(view);
    expect(view.blocks).toHaveLength(1);
  });

  it('tells each kind of state by its own sign', () => {
    const states = ['ACTIVE', 'PENDING', 'ESTABLISHING', 'FAILING', 'TERMINATED', 'DELETING', 'x', '', null];
    expect(states.map(signOf)).toEqual([
      'active',
      'pending',
      'pending',
      'broken',
      'broken',
      'broken',
      'broken',
      'missing',
      'unknown',
    ]);
  });

  it('does not say that nothing was found if some checks were unknown', () => {
    const last = { run: 'run-1', verdict: 'unknown', at, findings: none } as const;
    const unknown = { number: 1, name: 'lab', last, peers: [], trend: '' };
    expect(shown(home({ clusters: [unknown] }))).toContain(
      'nothing found, some checks could not be evaluated',
    );
  });

  it('takes no page that is none', () => {
    fc.assert(
      fc.property(fc.nat(9999), (page) =>
        expect(homeButtons.next.decode(homeButtons.next.encode(page))).toBe(page),
      ),
    );
    const wrong = [undefined, '', 'page:', 'page:-1', 'page:10000', 'page:1x', '[1,"a",null,null]'];
    expect(wrong.map(homeButtons.next.decode)).toEqual(wrong.map(() => undefined));
  });

  it('is within the limits of Slack, and holds no markup of names, whatever they are', () => {
    const anyState = fc.oneof(fc.constant(null), hostileText, fc.constantFrom('ACTIVE', ''));
    const anyPeer: fc.Arbitrary<HomePeer> = fc.record({
      name: hostileText,
      state: anyState,
      cluster: fc.oneof(
        fc.constant(null),
        fc.record({ name: hostileText, number: fc.integer({ min: 1, max: 300 }) }),
      ),
      back: anyState,
    });
    const anyCluster = fc.array(anyPeer, { maxLength: 30 }).chain((peers) =>
      fc.record({ name: hostileText, at: hostileText, number: fc.integer({ min: 1, max: 300 }) }).map(
        ({ name, at: when, number }): HomeCluster => ({
          number,
          name,
          last: { run: name, verdict: 'unknown', at: when, findings: none },
          peers,
          trend: '▁?',
        }),
      ),
    );
    fc.assert(
      fc.property(fc.array(anyCluster, { maxLength: clustersPerPage }), (found) => {
        shown(home({ clusters: found, pages: 9 }));
      }),
      { numRuns: 25 },
    );
  });
});
