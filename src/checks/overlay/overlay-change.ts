import type { AgentService, ConfigEntryKind } from '../../consul/wire';

/** Position in a file of an overlay; the line counts from 1. */
interface FilePosition {
  readonly file: string;
  readonly line: number;
}

/** A config entry as Consul would answer it. */
export interface OverlayEntry {
  readonly Kind: string;
  readonly Name?: string;
  readonly Namespace?: string | undefined;
  readonly Partition?: string | undefined;
}

/** A change that is laid over a snapshot. */
export type OverlayChange =
  | {
      readonly type: 'write';
      readonly kind: ConfigEntryKind;
      readonly name: string;
      readonly entry: OverlayEntry;
      readonly at: FilePosition;
    }
  | {
      readonly type: 'delete';
      readonly kind: ConfigEntryKind;
      readonly name: string;
      readonly at: FilePosition;
    }
  | {
      /** A registration at an agent: a service, a sidecar or a gateway. */
      readonly type: 'register';
      readonly service: AgentService;
      /** True if its definition has a health check. */
      readonly isChecked: boolean;
      readonly at: FilePosition;
    };

/** Contents of the files of an overlay. */
export interface Overlay {
  readonly changes: readonly OverlayChange[];
  /** Documents that change nothing that checks read, such as `Deployment web`. */
  readonly ignored: readonly string[];
}

/** Names a change for people: `exported-services/default`. */
export const overlayChangeLabel = (change: OverlayChange): string => {
  if (change.type === 'register') return `service ${change.service.Service}`;
  const label = `${change.kind}/${change.name}`;
  return change.type === 'delete' ? `${label} deleted` : label;
};
