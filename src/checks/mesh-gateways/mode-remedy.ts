import type { Remediation } from '../../report/report';
import { configEntryRemedy } from '../remediation/config-entry';
import { hcl } from '../remediation/hcl';
import type { GatewayMode } from '../views/modes';
import { isAllowed } from './modes';

/** Writes what puts a mode right: the same entry or registration, with every mode in it that is not allowed made `remote`. */

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mendHolder = (holder: unknown): unknown => {
  if (!isRecord(holder) || !isRecord(holder['MeshGateway'])) return holder;
  const mode = holder['MeshGateway']['Mode'];
  return typeof mode === 'string' && !isAllowed(mode.toLowerCase() || 'remote')
    ? { ...holder, MeshGateway: { ...holder['MeshGateway'], Mode: 'remote' } }
    : holder;
};

/** All places of an entry that can set a mode: its own, and those of its upstream configuration. */
const mendEntry = <T extends object>(entry: T): T => {
  const mended = mendHolder(entry) as T & Fields;
  const upstreams = mended['UpstreamConfig'];
  if (!isRecord(upstreams)) return mended;
  const overrides = upstreams['Overrides'];
  return {
    ...mended,
    UpstreamConfig: {
      ...upstreams,
      Defaults: mendHolder(upstreams['Defaults']),
      Overrides: Array.isArray(overrides) ? overrides.map(mendHolder) : overrides,
    },
  };
};

const title = 'Set mesh gateway mode remote';

export const remoteModeRemedy = ([first]: readonly [
  GatewayMode,
  ...GatewayMode[],
]): readonly Remediation[] => {
  if (first.entry) {
    return configEntryRemedy({ title, entry: mendEntry(first.entry.entry), existing: first.entry });
  }
  return [{ title, language: 'hcl', code: hcl({ mesh_gateway: { mode: 'remote' } }) }];
};
