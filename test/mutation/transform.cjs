const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { createTransformer } = require('@swc/jest');
const { findMutants } = require('./mutants.cjs');

/** Loads checks with all mutants behind switches. */

const version = readFileSync(require.resolve('./mutants.cjs'));

module.exports = {
  createTransformer: (options) => {
    const swc = createTransformer(options);
    return {
      canInstrument: false,
      getCacheKey: (source, file) =>
        createHash('sha1').update(version).update(file).update(source).digest('hex'),
      process: (source, file, given) =>
        swc.process(findMutants(source, path.relative(given.config.rootDir, file)).code, file, given),
    };
  },
};
