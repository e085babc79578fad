import type { ConsulErrorCause } from './answer';

/** The reason why there is no answer, from Node's error code alone: messages of these errors may hold headers. */
export interface ConnectionProblem {
  readonly kind: 'unreachable' | 'malformed';
  readonly cause?: ConsulErrorCause;
  readonly message: string;
  readonly transient?: true;
}

const known: Readonly<Record<string, ConnectionProblem>> = {
  ECONNREFUSED: {
    kind: 'unreachable',
    cause: 'refused',
    message: 'nothing listens there (connection refused). Check the address, and that Consul runs',
    transient: true,
  },
  ECONNRESET: {
    kind: 'unreachable',
    message:
      'the connection was closed before the answer was complete. A proxy or firewall may do that, or a server that requires a client certificate',
    transient: true,
  },
  ENOTFOUND: {
    kind: 'unreachable',
    cause: 'dns',
    message: 'the host name does not resolve. Check the address',
  },
  // Of the path of a socket.
  ENOENT: {
    kind: 'unreachable',
    message: 'there is no such socket. Check the path, and that Consul runs',
  },
  EACCES: {
    kind: 'unreachable',
    message:
      'this user may not use the socket. Check its owner and mode (unix_sockets in the configuration of Consul)',
  },
  EAI_AGAIN: {
    kind: 'unreachable',
    cause: 'dns',
    message: 'the name server did not answer. Check the DNS of this machine',
    transient: true,
  },
};

const certificates: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed. Set tls.ca_file to the CA that signed it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not trusted here. Set tls.ca_file to that CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is of another CA. Set tls.ca_file to the CA that signed it',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is of another CA. Set tls.ca_file to the CA that signed it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is of another CA. Set tls.ca_file to the CA that signed it',
  CERT_SIGNATURE_FAILURE: 'its certificate is of another CA. Set tls.ca_file to the CA that signed it',
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Check the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name. Set tls.server_name to a name in it, such as server.dc1.consul',
  EPROTO: 'it does not speak TLS there. Check the port, or write the address with http://',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it does not speak TLS there. Check the port, or write the address with http://',
};

const clientCertificate =
  'it requires a client certificate that it accepts. Set tls.cert_file and tls.key_file to a certificate of its CA';

/** Explains the failure of a forward proxy. `code` is that of a `ProxyError`. */
const explainProxyError = (code: string): ConnectionProblem => {
  const status = /^ERR_PROXY_(\d{3})$/.exec(code)?.[1];
  if (status === '407') {
    return {
      kind: 'unreachable',
      message: 'the proxy requires other credentials (status 407). Check proxy.user and proxy.password',
    };
  }
  if (status !== undefined) {
    const message = `the proxy opens no tunnel to this address (status ${status}). Check proxy, and what it allows`;
    return { kind: 'unreachable', message, ...(status.startsWith('5') && { transient: true }) };
  }
  return {
    kind: 'unreachable',
    message: 'the proxy does not answer. Check proxy.address, and that the proxy runs',
    transient: true,
  };
};

/** Explains a failed connection. `code` is from Node, OpenSSL, the HTTP parser or a `ProxyError`. */
export const explainConnectionError = (code: string): ConnectionProblem => {
  const found = known[code];
  if (found) return found;
  if (code.startsWith('ERR_PROXY_')) return explainProxyError(code);
  if (code.startsWith('HPE_')) {
    return { kind: 'malformed', message: 'the server there does not speak HTTP. Check the port' };
  }
  const message = certificates[code];
  if (message !== undefined) return { kind: 'unreachable', cause: 'tls', message };
  if (/CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA|HANDSHAKE_FAILURE/.test(code)) {
    return { kind: 'unreachable', cause: 'tls', message: clientCertificate };
  }
  if (/^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_)/.test(code)) {
    return { kind: 'unreachable', cause: 'tls', message: `TLS failed (${code}). Check the tls settings` };
  }
  return { kind: 'unreachable', message: `the connection failed (${code})`, transient: true };
};
