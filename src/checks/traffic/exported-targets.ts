import { type ChainTarget, listChainTargets } from '../../consul/chain-targets';
import type { CompiledChain } from '../../snapshot/snapshot';

/**
 * The services of the exporting cluster that calls of an exported name end at; undefined where no entry rewrites it.
 * Mesh gateways leave failover out for calls of peers (`mapDiscoChainTargets` of Consul 1.20.1, and seen with real
 * traffic), although Consul counts its targets in the health that it tells peers.
 */
export const exportedTargets = (
  compiled: readonly CompiledChain[],
): ((service: string) => readonly ChainTarget[] | undefined) => {
  const chains = new Map(compiled.map((chain) => [chain.service, chain]));
  return (service) => {
    const found = chains.get(service.toLowerCase());
    const targets = found && listChainTargets(found.chain).filter(({ use }) => use === 'main');
    const isItself = targets?.every(
      (target) => target.service.toLowerCase() === service.toLowerCase() && target.subset === undefined,
    );
    return isItself ? undefined : targets;
  };
};
