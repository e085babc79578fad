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

  const run = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> => {
    const script = join(__dirname, 'send-traces.ts');
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

  it('are sent through a forward proxy', async () => {
    const proxy = await startRecordingProxy();
    await send('', { HTTP_PROXY: proxy.address });
    proxy.stop();
    expect(proxy.seen()).not.toEqual([]);
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
