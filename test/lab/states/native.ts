import { createServer } from 'node:https';
import type { Lab } from './lab';

interface Leaf {
  readonly CertPEM: string;
  readonly PrivateKeyPEM: string;
}

interface Roots {
  readonly Roots: readonly { readonly RootCert: string }[];
}

/**
 * Serves a service of east as connect-native applications do: with the leaf certificate of Consul, and no sidecar. It answers
 * `name@east` until the next reset.
 *
 * @param trusts `own`: callers alone whose certificates come from the CA of east; `all`: all callers that have one
 */
export const serveNative = async (lab: Lab, name: string, trusts: 'own' | 'all'): Promise<void> => {
  const { east } = lab;
  const leaf = await east.call<Leaf>('GET', `/v1/agent/connect/ca/leaf/${name}`);
  const { Roots: roots } = await east.call<Roots>('GET', '/v1/agent/connect/ca/roots');
  const server = createServer(
    {
      key: leaf.PrivateKeyPEM,
      cert: leaf.CertPEM,
      ca: roots.map(({ RootCert }) => RootCert),
      requestCert: true,
      rejectUnauthorized: trusts === 'own',
    },
    (_, response) => response.end(`${name}@east`),
  );
  const own = lab.port(`${name}@east`);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(own, '127.0.0.1', resolve);
  });
  lab.onReset(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  await east.register({
    Name: name,
    Address: '127.0.0.1',
    Port: own,
    Connect: { Native: true },
    Check: { Name: 'TCP', TCP: `127.0.0.1:${own}`, Interval: '1s', Status: 'passing' },
  });
};
