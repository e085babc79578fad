import { pino } from 'pino';
import { readTracingSettings } from '../../src/config/tracing-settings';
import { examineTraces } from '../../src/features/doctor/examine-traces';
import { openTracing } from '../../src/tracing/open-tracing';

/**
 * Sends one span with the parent that it is given, or examines the endpoint. A process of its own: the exporter imports
 * modules of Node in a way that Jest does not offer.
 */
const [, , action = '', parent = ''] = process.argv;

const send = async (): Promise<string> => {
  const settings = readTracingSettings(process.env);
  const log = pino(
    { level: process.env['LOG_LEVEL'] ?? 'silent' },
    pino.destination({ dest: 2, sync: true }),
  );
  const tracing = await openTracing(settings.ok ? settings.value : undefined, log);
  const done = await tracing.inSpan({ name: 'job', isRoot: true, parent }, async () => 'done');
  await tracing.stop();
  return done;
};

const examine = async (): Promise<string> =>
  (await examineTraces(process.env)).map(({ status }) => status).join();

void (action === 'examine' ? examine() : send()).then((text) => process.stdout.write(text));
