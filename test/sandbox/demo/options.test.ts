import { readOptions } from '../../../sandbox/demo/options';

it('stays on a free port where nothing is asked for', () => {
  expect(readOptions([])).toEqual({ ok: true, value: { port: 0, real: false, record: false, help: false } });
});

it('reads its options', () => {
  expect(readOptions(['--port', '4100', '--real', '--run', '/peering help'])).toMatchObject({
    ok: true,
    value: { port: 4100, real: true, run: '/peering help' },
  });
  expect(readOptions(['--record'])).toMatchObject({ value: { real: true, record: true } });
});

it.each([
  [['--port', 'http'], '--port'],
  [['--port', '65536'], '--port'],
  [['--port', '-1'], 'port'],
  [['--run', 'peering help'], '--run'],
  [['--fast'], '--fast'],
  [['check'], 'check'],
])('refuses %p in one line', (args, named) => {
  const read = readOptions(args);
  expect(read).toMatchObject({ ok: false, message: expect.stringContaining(named) });
  expect(read.ok || read.message.includes('\n')).toBe(false);
});
