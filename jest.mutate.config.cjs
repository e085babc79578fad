const base = require('./jest.config.cjs');

const [[pattern, swc]] = Object.entries(base.transform);

/**
 * Mutation tests of checks and paths: `npm run mutate`. Not part of `npm test`: it measures the tests, not the code.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...base,
  testMatch: ['**/mutation/*.mutate.ts'],
  transform: {
    '/src/(?:paths|checks/(?!examples/|remediation/)).+\\.ts$': [
      '<rootDir>/test/mutation/transform.cjs',
      swc[1],
    ],
    [pattern]: swc,
  },
  maxWorkers: 1,
};
