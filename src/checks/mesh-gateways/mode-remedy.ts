import type { ProxyDefaults, ServiceDefaults } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { configEntryRemedy } from '../remediation/config-entry';
import { sidecarRemedy } from '../remediation/sidecar';
import type { GatewayMode } from '../views/modes';
import { isAllowed } from './modes';

/** Writes what puts modes right: the same entry or registration, with every mode in it that is not allowed made `remote`. */

interface HasMode {
  readonly MeshGateway?: { readonly Mode: string } | null | undefined;
}

const isAllowedIn = ({ Mode }: { readonly Mode: string }): boolean =>
  Mode === '' || Mode.toLowerCase() === 'default' || isAllowed(Mode.toLowerCase());

const mendHolder = <T extends HasMode>(holder: T): T =>
  holder.MeshGateway && !isAllowedIn(holder.MeshGateway)
    ? { ...holder, MeshGateway: { ...holder.MeshGateway, Mode: 'remote' } }
    : holder;

/** All places of an entry that can set a mode: its own, and those of its upstream configuration. */
const mendEntry = (entry: ServiceDefaults | ProxyDefaults): ServiceDefaults | ProxyDefaults => {
  const mended = mendHolder(entry);
  if (mended.Kind === 'proxy-defaults' || !mended.UpstreamConfig) return mended;
  const { Defaults, Overrides } = mended.UpstreamConfig;
  return {
    ...mended,
    UpstreamConfig: {
      ...mended.UpstreamConfig,
      Defaults: Defaults && mendHolder(Defaults),
      Overrides: Overrides.map(mendHolder),
    },
  };
};

const title = 'Set mesh gateway mode remote';

/** One registration for each proxy that sets such a mode itself, and no more of them than a reader would paste. */
const shown = 3;

const mendSidecar = (sidecar: SidecarInstance, enterprise: boolean): readonly Remediation[] => {
  const { MeshGateway, Upstreams } = sidecar.proxy;
  return sidecarRemedy({
    title,
    sidecar,
    upstreams: Upstreams.map(mendHolder),
    mode: MeshGateway && !isAllowedIn(MeshGateway) ? 'remote' : undefined,
    enterprise,
  });
};

/** What puts right all modes that are set in one place: one config entry, or the instances of one proxy. */
export const remoteModeRemedy = (
  modes: readonly [GatewayMode, ...GatewayMode[]],
  enterprise: boolean,
): readonly Remediation[] => {
  const [{ entry }] = modes;
  if (entry) return configEntryRemedy({ title, entry: mendEntry(entry.entry), existing: entry });
  const sidecars = new Set(modes.flatMap(({ sidecar }) => sidecar ?? []));
  return [...sidecars].slice(0, shown).flatMap((sidecar) => mendSidecar(sidecar, enterprise));
};
