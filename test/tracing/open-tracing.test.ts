import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '../lab/otlp-receiver';
import { runCommand } from '../lab/process';
import { startRecordingProxy } from '../lab/recording-proxy';

const register = resolve(__dirname, '../lab/register.cjs');

describe('traces', () => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(() => receiver.stop());

  const script = join(__dirname, 'send-traces.ts');
  const run = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> => {
    const { stdout } = await runCommand(process.execPath, ['-r', register, script, ...args], env);
    return stdout;
  };
  const send = (parent: string, env: Readonly<Record<string, string>> = {}) =>
    run(['send', parent], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env });
  const ids = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'] as const;

  it('go on from the parent that came with the work', async () => {
    expect(await send(`00-${ids.join('-')}-01`)).toBe('done');
    expect(receiver.spans()).toMatchObject([{ traceId: ids[0], parent: ids[1] }]);
  });

  it.each([
    ['no traceparent', `'; DROP${'x'.repeat(48)}`],
    ['a traceparent of zeros', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
    ['another version', `ff-${ids.join('-')}-01`],
    ['a longer one', `00-${ids.join('-')}-01-x`],
  ])('begin at the work after %s', async (_, parent) => {
    expect(await send(parent)).toBe('done');
    expect(receiver.spans()).toMatchObject([{ name: 'job', parent: '' }]);
    expect(receiver.spans()[0]?.traceId).not.toBe(ids[0]);
  });

  it.each([
    ['HTTP_PROXY', 'http', true],
    ['HTTPS_PROXY', 'https', true],
    ['https_proxy', 'https', true],
    ['HTTPS_PROXY_FILE', 'https', true],
    ['HTTP_PROXY', 'https', false],
    ['HTTPS_PROXY', 'http', false],
    ['HTTPS_PROXY', 'https', false, { NO_PROXY: 'localhost,127.0.0.1' }],
  ])(
    'with %s and an address of %s go through the proxy: %s',
    async (variable, scheme, throughProxy, more: object = {}) => {
      const folder = mkdtempSync(join(tmpdir(), 'traces-'));
      const proxy = await startRecordingProxy();
      try {
        const address = proxy.address.replace('//', '//someone:hunter2@');
        const file = join(folder, 'proxy');
        writeFileSync(file, `${address}\n`);
        await send('', {
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint.replace('http', scheme),
          [variable]: variable.endsWith('_FILE') ? file : address,
          ...more,
        });
        expect(proxy.seen().length > 0).toBe(throughProxy);
        // Tunnels name it; to the plain HTTP of this collector, a request with its whole address goes to the proxy.
        const { host } = new URL(receiver.endpoint);
        expect(proxy.seen().filter((target) => !target.includes(host))).toEqual([]);
        if (throughProxy && scheme === 'https')
          expect(new Set(proxy.credentials())).toEqual(new Set(['someone:hunter2']));
      } finally {
        proxy.stop();
        rmSync(folder, { recursive: true });
      }
    },
  );

  it.each([
    ['send', 'done'],
    ['examine', 'problem'],
  ])('are off where OpenTelemetry cannot be loaded, and %s ends with "%s"', async (action, outcome) => {
    const hide = ['-r', join(__dirname, 'without-sdk.cjs')];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, LOG_LEVEL: 'error' };
    const { status, stdout, stderr } = await runCommand(
      process.execPath,
      ['-r', register, ...hide, script, action],
      env,
    );
    expect([status, stdout]).toEqual([0, outcome]);
    expect(stderr.includes('MODULE_NOT_FOUND')).toBe(action === 'send');
    expect(receiver.headers()).toEqual([]);
  });

  it.each([
    ['off', async () => ({}), 'ok'],
    ['on', async () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }), 'ok'],
    ['wrongly set', async () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }), 'problem'],
    ['refused', async () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.endpoint}/other` }), 'problem'],
  ])('that are %s are examined by the doctor', async (_, env, status) => {
    expect(await run(['examine'], await env())).toBe(status);
    expect(receiver.spans()).toEqual([]);
  });
});
