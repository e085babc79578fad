/** Replaces a value that may be secret. */
export const withheldValue = '<withheld>';

/** Beginnings and forms of secrets that could pass for a word, a host name or a sentence. */
const secretShape =
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bhv[brs]\.[\w-]{8}|\bgh[oprsu]_\w{16}|\bxox[a-z]-|\beyJ[\w-]{8}|PRIVATE KEY|(?:key|passphrase|passwd|password|secret|token)\s*[:=]|[0-9a-f]{32}|[\w+/]{40}/i;

/** Tells that a text looks like a secret, or holds what looks like one. */
const looksSecret = (value: string): boolean => secretShape.test(value);

/** Names that are words: of fields of Consul, and most of those that people choose. A large cluster has a million. */
const plainName = /^[A-Za-z][a-z_]{0,30}(?:[A-Z][a-z]{1,30}){0,5}$/;

/** Names of several words, such as options of Envoy, which are as long as secrets. */
const longName = /^[a-z]{1,20}\d{0,3}(?:[_./-](?:[a-z]{1,20}\d{0,3}|\d{1,3}))+$/;

/** Texts that a test remembers: those that Consul defines, and no more than a little memory of any others. */
const maxRemembered = 512;

/**
 * Makes a test of texts remember those that passed. Consul repeats a few keys and words tens of thousands of times in a
 * large cluster, and the test for secrets is as slow as all else that is done with them.
 */
const remembering = (test: (value: string) => boolean): ((value: string) => boolean) => {
  const passed = new Set<string>();
  return (value) => {
    if (passed.has(value)) return true;
    if (!test(value)) return false;
    if (passed.size < maxRemembered && value.length <= 32) passed.add(value);
    return true;
  };
};

const name = /^[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const literal = /^\[?[0-9a-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?:%\w{1,16})?(?:\]:\d{1,5}|\])?$/i;

/** Host names of one word are withheld where they look like a secret. Load balancers have long names, with dots. */
const isHost = (value: string): boolean => {
  const host = value.replace(/:\d{1,5}$/, '');
  return (
    host.length <= 253 &&
    name.test(host) &&
    (host.includes('.') ? /\.[\w-]{1,24}\.?$/.test(host) : !looksSecret(host))
  );
};

/** Tells whether a value has the shape that its field has in Consul. Any other value may be a secret. */
export const shapes = {
  /** An IP address or a host name, with or without a port. */
  address: (value: string) => literal.test(value) || isHost(value),
  /** A certificate, which is public. */
  certificate: (value: string) => value.includes('-----BEGIN CERTIFICATE-----') && !/PRIVATE KEY/.test(value),
  /** Words for people that describe a token, a role or a certificate. */
  description: (value: string) => !looksSecret(value),
  /** An extension of Envoy, such as `builtin/lua`. */
  extension: (value: string) => /^[a-z-]{1,24}\/[a-z-]{1,40}$/.test(value),
  /** The name of a value in a map. */
  key: remembering((value) => plainName.test(value) || longName.test(value) || !looksSecret(value)),
  /** The path above all others. */
  root: (value: string) => value === '/',
  /** The path of a Unix socket: Linux takes 108 bytes. */
  socket: (value: string) => /^[@./][\w./-]{0,108}$/.test(value),
  /** A time in ISO 8601. */
  time: (value: string) => /^\d{4}-\d\d-\d\dT[\d:.]{5,18}(?:Z|[+-]\d\d:\d\d)$/.test(value),
  /** A UUID, or the hash that Consul makes for a synthetic policy: of a peering, a policy or a token, not its secret. */
  id: (value: string) =>
    uuid.test(value) || /^[0-9a-f]{1,32}$/.test(value) || /^(?:[0-9a-f]{2}:){3,31}[0-9a-f]{2}$/i.test(value),
  /** A version of Consul or Envoy. */
  version: (value: string) =>
    /^v?\d{1,4}(?:\.\d{1,4}){0,3}(?:[+.-][a-z][a-z0-9]{0,11}(?:\.\d{1,4})?){0,3}$/i.test(value),
  /** A word that Consul defines: a state, a kind, a mode, a protocol. */
  word: remembering(
    (value) => /^(?:[A-Za-z][a-z0-9_-]{0,24}|[A-Z_]{1,24}|TLS[\w]{1,60})$/.test(value) && !looksSecret(value),
  ),
} as const;
