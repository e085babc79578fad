import { visible, mapSection } from '../snapshot/section';
import type { Section, Snapshot, HiddenReason } from '../snapshot/snapshot';
import type { Inputs } from './inputs';

/**
 * A value derived from a snapshot. It names the inputs that it is computed from. Checks and views that
 * read it import it, and each run computes it once.
 *
 * ```ts
 * export const exportsView = defineView({
 *   name: 'exports',
 *   description: 'what is exported to which peers: `/v1/config/exported-services`',
 *   needs: ['exportedServices'],
 *   optional: ['samenessGroups'],
 *   compute: ({ exportedServices, samenessGroups }, { rely }) => …,
 * });
 * ```
 */
export interface View<N extends string = string, T = unknown> {
  /** The key under which checks and other views receive it. */
  readonly name: N;
  /** A description with the endpoints that it is read from, for the page of all checks. */
  readonly description: string;
  readonly needs: readonly Input[];
  readonly optional: readonly Input[];
  readonly compute: (values: never, tools: ViewTools) => T;
}

/** An input of checks and views: a section of the snapshot or a fact of the run by its name, or a view. */
export type Input = keyof Inputs | View;

type NameOf<I extends Input> = I extends View<infer N> ? N : I extends keyof Inputs ? I : never;

export type InputValue<I extends Input> =
  I extends View<string, infer T> ? T : I extends keyof Inputs ? Inputs[I] : never;

/** Values of the required inputs `I`, and sections (perhaps hidden) of the optional inputs `O`, by name. */
export type InputValues<I extends Input, O extends Input> = {
  readonly [K in I as NameOf<K>]: InputValue<K>;
} & { readonly [K in O as NameOf<K>]: Section<InputValue<K>> };

export interface ViewTools {
  /**
   * Returns the value of an optional section, undefined if hidden, and marks the view as partial unless the
   * section is fully visible. A feature that this Consul version does not have leaves nothing out.
   */
  readonly rely: <T>(section: Section<T>) => T | undefined;
  /** Marks the view as visible: no rows that are missing could change this value. */
  readonly certain: <T>(value: T) => T;
  /** Opens the snapshot of another cluster. */
  readonly open: (snapshot: Snapshot) => Views;
}

/** A typed identity: reading an input that is not declared does not compile. */
export const defineView = <N extends string, T, I extends Input = never, O extends Input = never>(view: {
  readonly name: N;
  readonly description: string;
  /** Inputs that must be visible. The view is hidden where one of them is, and partial where one is partial. */
  readonly needs?: readonly I[];
  /** Inputs that arrive as sections. They are read only when `compute` touches them. */
  readonly optional?: readonly O[];
  readonly compute: (values: InputValues<I, O>, tools: ViewTools) => T;
}): View<N, T> => ({ needs: [], optional: [], ...view });

export const inputName = (input: Input): string => (typeof input === 'string' ? input : input.name);

/** The inputs of one run over a snapshot. */
export interface Views {
  readonly read: <I extends Input>(input: I) => Section<InputValue<I>>;
}

export interface ViewOptions {
  /** Narrows the run to this peer. */
  readonly peer?: string | undefined;
}

const inputSections = (
  { sections, cluster, takenAt }: Snapshot,
  peer: string | undefined,
): { readonly [K in keyof Inputs]: Section<Inputs[K]> } => {
  const narrow = <T>(section: Section<T>, change: (value: T) => T): Section<T> =>
    peer === undefined ? section : mapSection(section, change);
  return {
    ...sections,
    peerings: narrow(sections.peerings, (value) => ({
      ...value,
      list: value.list.filter(({ Name }) => Name === peer),
    })),
    otherSides: narrow(sections.otherSides, (sides) => sides.filter((side) => side.peer === peer)),
    cluster: visible(cluster),
    takenAt: visible(takenAt),
    peer: visible(peer),
    allPeerings: mapSection(sections.peerings, ({ list }) => list),
    peerNames: mapSection(sections.peerings, ({ list }) => list.map(({ Name }) => Name)),
  };
};

/**
 * Opens a snapshot for reading. Each view is computed when it is first read, then kept. Pure: the same snapshot
 * gives the same values.
 */
export const openSnapshot = (snapshot: Snapshot, { peer }: ViewOptions = {}): Views => {
  const inputs = inputSections(snapshot, peer);
  const computed = new Map<View, Section<unknown>>();

  const compute = (view: View): Section<unknown> => {
    const values: Record<string, unknown> = {};
    let reason: HiddenReason | undefined;
    for (const need of view.needs) {
      const section = read(need);
      if (section.visibility === 'hidden') return section;
      if (section.visibility === 'partial') reason ??= section.reason;
      values[inputName(need)] = section.value;
    }
    for (const input of view.optional) {
      Object.defineProperty(values, inputName(input), { enumerable: true, get: () => read(input) });
    }
    const rely = <T>(section: Section<T>): T | undefined => {
      if (section.visibility !== 'visible' && section.reason.kind !== 'unsupported')
        reason ??= section.reason;
      return section.visibility === 'hidden' ? undefined : section.value;
    };
    let isCertain = false;
    const certain = <T>(decided: T): T => {
      isCertain = true;
      return decided;
    };
    const value = view.compute(values as never, { rely, certain, open: (other) => openSnapshot(other) });
    return reason && !isCertain ? { visibility: 'partial', value, reason } : visible(value);
  };

  const read = (input: Input): Section<unknown> => {
    if (typeof input === 'string') return inputs[input];
    const known = computed.get(input);
    if (known) return known;
    const section = compute(input);
    computed.set(input, section);
    return section;
  };
  return { read: read as Views['read'] };
};
