import { runChecks } from '../../src/checks/runner';
import { describeOnVersions, startConsul } from '../lab/consul';
import { gatherFrom } from '../snapshot/reading';
import { findingOf } from './stage';

describeOnVersions('a cluster that publishes a gRPC port without TLS alone', (version) => {
  it('generates no peering token, and fails grpc-tls-port', async () => {
    const plain = await startConsul({ version, acl: 'off', config: { ports: { grpc_tls: -1 } } });
    try {
      const { status } = await plain.request('POST', '/v1/peering/token', { PeerName: 'west' });
      expect(status).toBe(500);
      const finding = findingOf(runChecks(await gatherFrom(plain)), 'grpc-tls-port', 'cluster dc1');
      expect(finding?.severity).toBe('error');
    } finally {
      await plain.stop();
    }
  }, 60_000);
});
