import type { ServerOptions } from 'node:https';
import type { ConsulClient, ConsulClientOptions } from '../../src/consul/client';
import { makeCa, makeCertificate } from './certificates';
import { clientOf, failureOf, inNode, send, serve, type TestServer } from './server';

const ca = makeCa('the CA');
const otherCa = makeCa('another CA');
const server = makeCertificate('server', {
  issuer: ca,
  addresses: ['127.0.0.1'],
  dnsNames: ['server.dc1.consul'],
});
const client = makeCertificate('client', { issuer: ca });

let running: TestServer | undefined;
let asking: ConsulClient | undefined;

afterEach(async () => {
  asking?.close();
  await running?.close();
});

const ask = async (tls: ServerOptions | undefined, options: Partial<ConsulClientOptions>) => {
  running = await serve((response) => send(response, 200, '[]'), tls);
  asking = clientOf(running.origin, options);
  const answer = await asking.peerings();
  return { answer, requests: running.requests, connections: running.connections() };
};

const good = { cert: server.cert, key: server.key };
const trusted = { tls: { ca: ca.cert } };

describe('HTTPS', () => {
  it('is fine with a certificate of the CA that is configured', async () => {
    const { answer } = await ask(good, trusted);
    expect(answer).toMatchObject({ ok: true });
  });

  it('keeps its connection', async () => {
    await ask(good, trusted);
    await asking?.leader();
    expect(running?.connections()).toBe(1);
  });

  const selfSigned = makeCertificate('itself', { addresses: ['127.0.0.1'] });
  const otherName = makeCertificate('x', { issuer: ca, dnsNames: ['server.dc1.consul'] });
  const expired = makeCertificate('x', {
    issuer: ca,
    addresses: ['127.0.0.1'],
    notAfter: new Date(Date.now() - 60_000),
  });

  it.each<[string, ServerOptions, Partial<ConsulClientOptions>]>([
    ['of a CA that is not configured', good, {}],
    ['of another CA than the one configured', good, { tls: { ca: otherCa.cert } }],
    ['signed by itself', { cert: selfSigned.cert, key: selfSigned.key }, trusted],
    ['for another name', { cert: otherName.cert, key: otherName.key }, trusted],
    [
      'for another name than the one configured',
      good,
      { tls: { ca: ca.cert, serverName: 'server.dc2.consul' } },
    ],
    ['that has expired', { cert: expired.cert, key: expired.key }, trusted],
  ])('refuses a certificate %s, before anything is sent, once', async (_, tls, options) => {
    const { answer, requests, connections } = await ask(tls, options);
    expect(failureOf(answer)).toMatchObject({ kind: 'unreachable', cause: 'tls' });
    expect(requests).toHaveLength(0);
    expect(connections).toBe(1);
  });

  it('takes the name that is configured instead of the address', async () => {
    const { answer } = await ask(
      { cert: otherName.cert, key: otherName.key },
      { tls: { ca: ca.cert, serverName: 'server.dc1.consul' } },
    );
    expect(answer).toMatchObject({ ok: true });
  });

  it('trusts a certificate signed by itself where that is the CA configured', async () => {
    const { answer } = await ask(
      { cert: selfSigned.cert, key: selfSigned.key },
      { tls: { ca: selfSigned.cert } },
    );
    expect(answer).toMatchObject({ ok: true });
  });

  it('is verified although the environment turns that off', async () => {
    running = await serve((response) => send(response, 200, '[]'), good);
    const { stdout } = await inNode(
      `createConsulClient({ cluster: 'lab', address: '${running.origin}', tls: {} }).leader()
        .then((answer) => console.log(JSON.stringify(answer)))`,
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    );
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { kind: 'unreachable', cause: 'tls' } });
  });

  it('says so where there is no TLS', async () => {
    running = await serve((response) => send(response, 200, '[]'));
    asking = clientOf(running.origin.replace('http:', 'https:'), trusted);
    expect(failureOf(await asking.peerings())).toMatchObject({ kind: 'unreachable', cause: 'tls' });
  });

  it.each<[string, ConsulClientOptions['tls']]>([
    ['a CA', { ca: 'no PEM' }],
    ['a certificate', { cert: 'no PEM', key: client.key }],
    ['a key of another certificate', { cert: client.cert, key: server.key }],
  ])('answers with a failure where %s cannot be used', async (_, tls) => {
    asking = clientOf('https://127.0.0.1:1', { tls });
    const error = failureOf(await asking.peerings());
    expect(error).toMatchObject({ kind: 'unreachable', cause: 'tls' });
    expect(error.message).not.toContain('BEGIN');
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('mutual TLS over %s', (maxVersion) => {
  const mutual = { ...good, ca: ca.cert, requestCert: true, rejectUnauthorized: true, maxVersion };

  it('is fine with a client certificate of the CA', async () => {
    const { answer } = await ask(mutual, { tls: { ca: ca.cert, cert: client.cert, key: client.key } });
    expect(answer).toMatchObject({ ok: true });
  });

  it.each<[string, ConsulClientOptions['tls']]>([
    ['without one', { ca: ca.cert }],
    [
      'with one of another CA',
      (() => {
        const other = makeCertificate('client', { issuer: otherCa });
        return { ca: ca.cert, cert: other.cert, key: other.key };
      })(),
    ],
  ])('is refused %s', async (_, tls) => {
    const { answer, requests } = await ask(mutual, { tls });
    expect(failureOf(answer)).toMatchObject({ kind: 'unreachable' });
    expect(requests).toHaveLength(0);
  });
});
