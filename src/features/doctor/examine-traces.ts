import type { Environment } from '../../config/secret';
import { exposesHeaders, readTracingSettings } from '../../config/tracing-settings';
import { tryExport } from '../../tracing/exporter';
import { type DoctorLine, linesOf } from './finding';

const { ok, problem, warning } = linesOf('traces');

/** Examines the export of traces: sends an export without spans. The address is not repeated but for its host. */
export const examineTraces = async (environment: Environment): Promise<readonly DoctorLine[]> => {
  const settings = readTracingSettings(environment);
  if (!settings.ok) return [problem(`traces are off: ${settings.error}`, 'Correct or unset the variable')];
  const { value } = settings;
  if (value === undefined) return [ok('traces are off; OTEL_EXPORTER_OTLP_ENDPOINT turns them on')];
  const { host } = value.endpoint;
  const taken = await tryExport(value);
  if (!taken.ok && taken.error.step === 'start')
    return [
      problem(
        `traces are off: OpenTelemetry could not be started (${taken.error.reason})`,
        'Install the bot again, with all its packages; nothing else is affected',
      ),
    ];
  return [
    taken.ok
      ? ok(`traces are on, and ${host} takes them`)
      : problem(
          `traces are on, but ${host} does not take them: ${taken.error.reason}`,
          'Correct OTEL_EXPORTER_OTLP_ENDPOINT, its headers, or the network policy; nothing else is affected',
        ),
    ...(exposesHeaders(environment, value)
      ? [warning('the headers of traces go to another machine in plain text', 'Use an https address')]
      : []),
  ];
};
