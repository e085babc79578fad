import type { HopName } from '../../../src/paths/model';
import type { Severity } from '../../../src/report/report';
import type { Lab } from './lab';

/** A cluster of the pair: `east` accepts and exports, `west` dials and imports. */
export type End = 'east' | 'west';

/** A finding that the bot must have about a state. */
export interface Expected {
  readonly at: End;
  /** The check, by its id in docs/requirements.md; any of several where more than one may tell. */
  readonly id: string | readonly string[];
  /** `kind name` of the finding's subject, as a pattern over both. */
  readonly subject: RegExp;
  /** Default `error`. */
  readonly severity?: Severity;
}

/** A fix to paste: the shell snippet of an expected finding, into a shell at one of the clusters. */
export interface Fix {
  readonly at: End;
  /** The check whose finding carries it; by default that of the first expected finding. */
  readonly of?: string;
  /** Patterns over the titles of its snippets, which are pasted in this order; by default the first shell snippet. */
  readonly title?: RegExp | readonly RegExp[];
  /** Proxies to restart. The fix must say so, and the lab does it. */
  readonly restart?: readonly (readonly [End, string])[];
}

/** The request that decides whether a state lets traffic through. */
interface Request {
  /** A port of the lab, by name. Default `upstream`: that of the first upstream of `web`. */
  readonly port?: string;
  readonly path?: string;
  /** The `Host` header; by default the address. */
  readonly host?: string;
  /** A request with this `Host` header is not answered with the body where the other one is. */
  readonly refusedHost?: string;
  /** The answer's body where it flows. Default `api@east`. */
  readonly body?: string;
  /** Decides without traffic: west gets passing instances of this service of east. */
  readonly discovery?: string;
}

/** A state of the pair: the base state with one change. */
export interface Row {
  readonly name: string;
  readonly change: (lab: Lab) => Promise<unknown>;
  /** Measured, by HTTP through the Envoys of both clusters. */
  readonly truth: 'blocked' | 'flows';
  readonly request?: Request;
  /**
   * The bot's right answer. A blocked state has at least one; in a state that flows no other error may be found,
   * so that an error in this list is a state that the specification forbids.
   */
  readonly expected: readonly Expected[];
  /** Not visible to the bot: this hop of the path is unknown, and nothing is reported. */
  readonly unseen?: HopName;
  /** The other side is not configured: only this end is checked. */
  readonly alone?: End;
  readonly fix?: Fix;
}
