/**
 * The protocol that an upstream sets for its discovery chain; empty if it sets none. Consul decodes the options of an
 * upstream without regard to the case of their names, and takes the exact name first.
 */
export const protocolOfUpstream = ({
  Config,
}: {
  readonly Config: Readonly<Record<string, unknown>>;
}): string => {
  const name =
    'protocol' in Config ? 'protocol' : Object.keys(Config).find((key) => key.toLowerCase() === 'protocol');
  const value = name === undefined ? undefined : Config[name];
  return typeof value === 'string' ? value : '';
};
