import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';

export const checkUsage = 'check CLUSTER [PEER] | check all|GLOB|SELECTOR|CLUSTER… [--short]';

/** Explains that a word cannot name a peering. */
export const renderNoPeerName = (peer: string): Message =>
  renderFailure({
    kind: 'usage',
    problem: `"${peer}" is not a valid peering name: use lowercase letters, digits and dashes`,
    usage: `/peering ${checkUsage}`,
  });
