// Puts a process of the bot at another vantage point: `node -r ./test/lab/elsewhere.cjs dist/main.js`. It reaches only the ports
// that are keys in REACHES (JSON), and finds there what listens on loopback at the port that is the value. All else refuses it.
// A network of its own would take privileges that containers in CI often lack.
const childProcess = require('node:child_process');
const { Socket } = require('node:net');

const { REACHES } = process.env;
const reaches = new Map(Object.entries(JSON.parse(REACHES)));
/** No service uses this port, and no starter of a test binds it. */
const refusing = 1;

/** @type {(this: Socket, ...args: unknown[]) => Socket} */
const connect = Reflect.get(Socket.prototype, 'connect');
Socket.prototype.connect = function (...args) {
  // `net.connect` and `tls.connect` end here, the first with an array.
  const given = Array.isArray(args[0]) ? args[0] : args;
  const [options] = given;
  if (typeof options !== 'object') throw new TypeError('such a connection is not redirected');
  const port = reaches.get(String(options.port)) ?? refusing;
  given[0] = { ...options, path: undefined, host: '127.0.0.1', port };
  return Reflect.apply(connect, this, args);
};

// The processes that read clusters probe. They get neither the arguments nor the environment of this one.
const { fork } = childProcess;
childProcess.fork = (file, args, options) =>
  fork(file, args, {
    ...options,
    execArgv: ['-r', __filename, ...options.execArgv],
    env: { ...options.env, REACHES },
  });
