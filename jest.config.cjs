/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // The processes that read clusters run TypeScript as well.
  moduleNameMapper: { '/process-file$': '<rootDir>/test/lab/process-file.ts' },
  // Most of the time goes by waiting for servers, not computing: two on two cores, where the default is one.
  maxWorkers: 2,
  // Ends what hangs, and is no bound on speed: a busy machine takes many times as long as an idle one.
  testTimeout: 120_000,
};
