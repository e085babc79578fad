/** Says that parts of Envoy's configuration, which Consul does not compute, decide about calls. */
export const customEnvoyWords = (parts: readonly string[]): string =>
  `${parts.join(' and ')} ${parts.length === 1 ? 'decides' : 'decide'} what Envoy does with calls, so it is not visible whether they pass`;
