import { withheldValue } from '../../consul/shapes';

/**
 * True if Consul binds a route with this host name to a listener with that one, which may begin with `*.`. As measured, it
 * compares the end of the text: `*.example.com` takes `example.com` and `notexample.com` too, and capitals matter.
 */
export const isHostOf = (listener: string, name: string): boolean =>
  listener === '' ||
  (listener.startsWith('*.')
    ? name.endsWith(listener.slice(2))
    : name === listener && name !== withheldValue);

export interface ForeignHosts {
  /** Of the route. */
  readonly names: readonly string[];
  /** Of the listeners that the route asks for: none of its own is one of these. */
  readonly served: readonly string[];
}

/** Returns the host names of a route where none of the listeners takes any of them. */
export const findForeignHosts = (
  names: readonly string[],
  served: readonly string[],
): ForeignHosts | undefined => {
  const isKnown = ![...names, ...served].includes(withheldValue);
  const isForeign =
    isKnown &&
    names.length > 0 &&
    served.length > 0 &&
    !served.some((listener) => names.some((name) => isHostOf(listener, name)));
  return isForeign ? { names, served } : undefined;
};
