/**
 * The states of two peered clusters, held against real traffic: `npm run lab:states`, and the last step of `npm test`.
 * Alone on the machine, as it measures what proxies do in seconds.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/lab/states/*.states.ts'],
  globalSetup: './test/lab/states/begin-totals.ts',
  globalTeardown: './test/lab/states/print-totals.ts',
};
