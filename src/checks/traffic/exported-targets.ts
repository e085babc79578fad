import { type ChainTarget, listChainTargets } from '../../consul/chain-targets';
import { findRewrittenNames, type RewritingSections } from '../../snapshot/rewritten-names';
import { rowsOf } from '../../snapshot/section';
import type { CompiledChain, HiddenReason, Section } from '../../snapshot/snapshot';

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

/** The sections that tell what exported names stand for. */
type ChainSections = RewritingSections & { readonly exportedChains: Section<readonly CompiledChain[]> };

/**
 * Says why the discovery chain of an exported name is not known; undefined where it was read, and where no entry
 * rewrites the name. Of wildcards with very many names that entries rewrite, only some chains are read.
 */
export const exportedChainMissing = (
  sections: ChainSections,
): ((service: string) => HiddenReason | undefined) => {
  const { exportedChains, serviceRouters, serviceSplitters, serviceResolvers } = sections;
  if (exportedChains.visibility === 'visible') return () => undefined;
  const { reason } = exportedChains;
  if (reason.kind !== 'too-large') return () => reason;
  const isEntryMissing = [serviceRouters, serviceSplitters, serviceResolvers].some(
    ({ visibility }) => visibility !== 'visible',
  );
  const rewritten = findRewrittenNames(sections);
  const read = new Set(rowsOf(exportedChains).map(({ service }) => service.toLowerCase()));
  return (service) => {
    const name = service.toLowerCase();
    return !read.has(name) && (isEntryMissing || rewritten.has(name)) ? reason : undefined;
  };
};
