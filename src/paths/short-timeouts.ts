/**
 * Timeout (ms) that calls between clusters exceed in an ordinary network, as each takes several round trips. On one machine, with
 * no network between, 1 of 40 requests took longer than 10 ms, and 1 of 8 connections longer than 3 ms (measured on 1.20.1).
 */
export const shortTimeoutMs = 10;

/** Says that timeouts are too short for calls between clusters. */
export const shortTimeoutWords = (timeouts: readonly string[]): string =>
  `${timeouts.join(' and ')}, which calls between clusters often exceed: these fail`;
