import { defineHop, pass } from '../define-hop';

/**
 * The mesh gateway mode. No mode ends a path by itself: for `none`, which the specification forbids, Consul falls
 * back to `remote` (seen with real traffic on 1.20.1).
 */
export const gatewayModeHop = defineHop({
  name: 'gateway-mode',
  end: 'consumer',
  fact: 'mode',
  check: { consumer: 'mesh-gateway-mode', destination: 'mesh-gateway-mode' },
  evaluate: ({ mode, setBy }) =>
    mode === 'remote' || mode === 'local'
      ? pass(`${mode} (${setBy})`)
      : pass(`${mode} (${setBy})`, `the specification does not allow ${mode}; Consul uses remote instead`),
});
