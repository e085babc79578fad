import { consulSettings } from '../config/consul-environment';
import type { Values } from './command';

/** Flags of the `consul` command that name the cluster to read, for each command that reads one. */
export const consulFlags: Readonly<Record<string, { readonly type: 'string' }>> = Object.fromEntries(
  Object.values(consulSettings).map((flag) => [flag, { type: 'string' }]),
);

/** One line each, for help. */
export const consulFlagHelp: Readonly<Record<string, string>> = {
  'http-addr': 'ADDRESS  read this cluster instead of one in the clusters file (default: $CONSUL_HTTP_ADDR)',
  token: 'TOKEN  its ACL token; other users of this machine can see it, so prefer --token-file',
  'token-file':
    'FILE  the file with its ACL token (default: $CONSUL_HTTP_TOKEN_FILE, then $CONSUL_HTTP_TOKEN)',
  'ca-file': 'FILE  CA certificates to verify its servers with (default: $CONSUL_CACERT)',
  'ca-path': 'FOLDER  a folder of such CA certificates (default: $CONSUL_CAPATH)',
  'client-cert': 'FILE  certificate to authenticate with (default: $CONSUL_CLIENT_CERT)',
  'client-key': 'FILE  its private key (default: $CONSUL_CLIENT_KEY)',
  'tls-server-name':
    'NAME  name to expect in the certificate of the server (default: $CONSUL_TLS_SERVER_NAME)',
  namespace: 'NAME  Enterprise namespace (default: $CONSUL_NAMESPACE)',
  partition: 'NAME  Enterprise admin partition (default: $CONSUL_PARTITION)',
};

/** Values of the flags that were given. An empty one does not count, as in the `consul` command. */
export const consulFlagsIn = (values: Values): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.keys(consulFlags).flatMap((flag) => {
      const value = values[flag];
      return typeof value === 'string' && value !== '' ? [[flag, value]] : [];
    }),
  );
