import { tokenProblem } from '../../src/features/approvals/token/contents';
import { renderTokenModal } from '../../src/features/approvals/token/token.modal';
import { startConsul, type ConsulAgent } from '../lab/consul';
import { peeringOf, type Scenery, setStage, type Stage, startScenery } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';

jest.setTimeout(90_000);

const encode = (contents: unknown): string => Buffer.from(JSON.stringify(contents)).toString('base64');

const approved = { trustDomain: 'a.consul', datacenter: 'dc1' };

describe('connect checks what it was handed', () => {
  it.each([
    ['no base64', 'not a token'],
    ['no JSON', Buffer.from('{').toString('base64')],
    ['more than 48 KiB', encode({ ServerName: 'server.dc1.peering.a.consul', CA: ['x'.repeat(48 * 1024)] })],
    ['no server name', encode({})],
    ['another trust domain', encode({ ServerName: 'server.dc1.peering.b.consul' })],
    ['another datacenter of the federation', encode({ ServerName: 'server.dc2.peering.a.consul' })],
    ['a server name of another kind', encode({ ServerName: 'a.consul' })],
  ])('and refuses %s', (_, token) => {
    expect(tokenProblem(token, approved)).toBeDefined();
  });

  it('and takes the token of the approved cluster', () => {
    const token = encode({ ServerName: 'server.dc1.peering.a.consul' });
    expect(tokenProblem(token, approved)).toBeUndefined();
    // The token to write with may not show it.
    expect(tokenProblem(token, { ...approved, datacenter: '' })).toBeUndefined();
  });

  it('and shows nothing of a hostile one as markup', () => {
    const token = '```\n<!channel> <https://evil.example|Approve>';
    const modal = renderTokenModal({ requestId: 'r', acceptor: 'a', peer: 'b', token, facts: [] });
    const text = JSON.stringify(modal.blocks);
    expect(text).not.toContain('<!channel>');
    expect(text).not.toContain('<https://evil.example');
  });
});

describeWith(['redis', 'consul'], 'connect establishes nothing with a cluster that was not approved', () => {
  let scenery: Scenery;
  let stage: Stage;
  let other: ConsulAgent;
  beforeAll(async () => {
    [scenery, other] = await Promise.all([startScenery(), startConsul({ datacenter: 'east' })]);
  });
  afterAll(async () => {
    await Promise.all([scenery.stop(), other.stop()]);
  });
  beforeEach(async () => {
    await scenery.clear();
    stage = await setStage(scenery);
  });
  afterEach(() => stage.stop());

  it('whose token came in the place of the acceptor’s, and leaves nothing behind', async () => {
    await stage.ask(stage.connect);
    await stage.decide('approved');
    const { PeeringToken: stolen } = await other.call<{ PeeringToken: string }>('POST', '/v1/peering/token', {
      PeerName: 'west',
    });
    scenery.east.proxy.answer('POST /v1/peering/token', JSON.stringify({ PeeringToken: stolen }));
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(scenery.west.proxy.count('POST /v1/peering/establish')).toBe(0);
    expect(await peeringOf(scenery.east, 'west')).toBeUndefined();
    expect(await peeringOf(scenery.west, 'east')).toBeUndefined();
  });
});
