// Hides the packages of OpenTelemetry from a process, as a broken installation does: `node -r ./test/tracing/without-sdk.cjs`.
const Module = require('node:module');

const load = Module._load;
Module._load = (name, ...rest) => {
  if (!name.startsWith('@opentelemetry/')) return load(name, ...rest);
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
};
