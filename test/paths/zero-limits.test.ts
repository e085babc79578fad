import { blockingLimits } from '../../src/paths/zero-limits';

it.each([
  ['tcp', ['max_connections']],
  ['http', ['max_concurrent_requests']],
  ['HTTP2', ['max_concurrent_requests']],
  [undefined, undefined],
] as const)('limits of 0 block calls over %s', (protocol, blocking) => {
  expect(blockingLimits(['max_connections', 'max_concurrent_requests'], protocol)).toEqual(blocking);
});
