import type { ProxyDefaults, ServiceDefaults } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { configEntryRemediation } from '../remediation/config-entry';
import { sidecarRemediation } from '../remediation/sidecar';
import type { GatewayMode } from '../model';
import { isAllowed } from './mode-evidence';

/** Replaces every mode of an entry or registration that is not allowed with `remote`. */

interface HasMode {
  readonly MeshGateway?: { readonly Mode: string } | null | undefined;
}

const isAllowedIn = ({ Mode }: { readonly Mode: string }): boolean =>
  Mode === '' || Mode.toLowerCase() === 'default' || isAllowed(Mode.toLowerCase());

const withRemoteMode = <T extends HasMode>(holder: T): T =>
  holder.MeshGateway && !isAllowedIn(holder.MeshGateway)
    ? { ...holder, MeshGateway: { ...holder.MeshGateway, Mode: 'remote' } }
    : holder;

/** Fixes all modes of an entry: its own, and those of its upstream configuration. */
const fixEntry = (entry: ServiceDefaults | ProxyDefaults): ServiceDefaults | ProxyDefaults => {
  const fixed = withRemoteMode(entry);
  if (fixed.Kind === 'proxy-defaults' || !fixed.UpstreamConfig) return fixed;
  const { Defaults, Overrides } = fixed.UpstreamConfig;
  return {
    ...fixed,
    UpstreamConfig: {
      ...fixed.UpstreamConfig,
      Defaults: Defaults && withRemoteMode(Defaults),
      Overrides: Overrides.map(withRemoteMode),
    },
  };
};

const title = 'Set mesh gateway mode to remote';

/** Maximum proxies that remediations are given for. */
const maxProxies = 3;

const fixSidecar = (sidecar: SidecarInstance, enterprise: boolean): readonly Remediation[] => {
  const { MeshGateway, Upstreams } = sidecar.proxy;
  return sidecarRemediation({
    title,
    sidecar,
    upstreams: Upstreams.map(withRemoteMode),
    mode: MeshGateway && !isAllowedIn(MeshGateway) ? 'remote' : undefined,
    enterprise,
  });
};

/** Fixes all modes that one subject sets: a config entry, or the instances of a proxy. */
export const remoteModeRemediation = (
  modes: readonly [GatewayMode, ...GatewayMode[]],
  enterprise: boolean,
): readonly Remediation[] => {
  const [{ entry }] = modes;
  if (entry) return configEntryRemediation({ title, entry: fixEntry(entry.entry), existing: entry });
  const sidecars = new Set(modes.flatMap(({ sidecar }) => sidecar ?? []));
  return [...sidecars].slice(0, maxProxies).flatMap((sidecar) => fixSidecar(sidecar, enterprise));
};
