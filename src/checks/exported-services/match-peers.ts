import { omitUndefined } from '../../omit-undefined';
import type { UnmatchedPeers } from '../../paths/intentions';
import type { Remediation } from '../../report/report';
import { configEntryRemediation } from '../remediation/config-entry';
import type { ClusterIntentions } from '../views/intention-rules';

/**
 * Has the proxies of a service match intentions about peers.
 *
 * @param cluster the cluster to change, where it is not the one that was checked
 */
export const matchPeers = (
  rules: ClusterIntentions | undefined,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  unmatched: UnmatchedPeers | undefined,
  cluster: string,
): readonly Remediation[] => {
  if (!rules || !unmatched) return [];
  const where = cluster ? `In ${cluster}: ` : '';
  if (unmatched === 'sanitized') {
    const { mesh: existing } = rules;
    return configEntryRemediation({
      title: `${where}${where ? 'k' : 'K'}eep the header that names callers of peers; applications get it too`,
      entry: Object.assign({}, existing?.entry ?? { Kind: 'mesh' as const }, {
        HTTP: { ...existing?.entry.HTTP, SanitizeXForwardedClientCert: false },
      }),
      existing,
    });
  }
  // Sidecars go by what they are registered with, whatever service-defaults say.
  if (unmatched === 'grpc' && rules.rulesFor(name, namespace).protocol?.toLowerCase() !== 'grpc') return [];
  const existing = rules.defaultsOf(name, namespace);
  const registered = unmatched === 'registered' ? rules.registeredProtocolOf(name, namespace) : undefined;
  if (unmatched === 'registered' && registered === undefined) return [];
  const effect = registered
    ? `et the protocol of ${name} to ${registered}, with which its sidecars are registered`
    : `et the protocol of ${name} to http2, which carries gRPC too`;
  const fresh = {
    Kind: 'service-defaults' as const,
    Name: name,
    ...omitUndefined({ Namespace: namespace === 'default' ? undefined : namespace }),
  };
  return configEntryRemediation({
    title: `${where}${where ? 's' : 'S'}${effect}`,
    entry: Object.assign({}, existing?.entry ?? fresh, { Protocol: registered ?? 'http2' }),
    existing,
  });
};
