import { failure, type Result, success } from '../../src/result';
import type { Scenario } from './scenario';
import { scenarios, shortMix } from './scenarios';

export interface ChaosOptions {
  readonly seed: number;
  /** After the scenarios, random mixtures run for this time. */
  readonly minutes: number;
  /** Minimum number of random mixtures. */
  readonly mixtures: number;
  readonly scenarios: readonly Scenario[];
  /** The mix for a pull request. */
  readonly short: boolean;
}

const usage =
  'usage: npm run chaos [-- [--seed NUMBER] [--minutes NUMBER] [--short] [--only PART-OF-A-NAME]…]; --minutes adds random mixtures for that time, --short runs the mix of a pull request, --only mixture leaves out the scenarios';

/** Reads the command line. */
export const readOptions = (args: readonly string[], defaultSeed: number): Result<ChaosOptions> => {
  const only: string[] = [];
  let seed = defaultSeed;
  let minutes = 0;
  let short = false;
  for (let at = 0; at < args.length; at++) {
    const flag = args[at];
    if (flag === '--short') {
      short = true;
      continue;
    }
    const value = args[++at];
    const number = Number(value);
    if (flag === '--only' && value !== undefined) only.push(value);
    else if (flag === '--seed' && Number.isSafeInteger(number)) seed = number;
    else if (flag === '--minutes' && number >= 0) minutes = number;
    else return failure(`${flag ?? ''} ${value ?? ''} is not an option; ${usage}`);
  }
  const all = short ? shortMix : scenarios;
  const chosen = only.length === 0 ? all : all.filter(({ name }) => only.some((part) => name.includes(part)));
  if (chosen.length === 0 && !only.includes('mixture'))
    return failure(`no scenario has this in its name: ${only.join(', ')}`);
  return success({ seed, minutes, mixtures: short && only.length === 0 ? 1 : 0, scenarios: chosen, short });
};
