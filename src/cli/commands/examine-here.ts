import { labelled } from '../../render/terminal-finding';
import { readSecretFiles } from '../../config/secret';
import { LogLevel, type WebClientOptions } from '@slack/web-api';
import { createColors } from 'picocolors';
import { readClustersFile } from '../../config/clusters-file';
import { readEnv } from '../../config/env';
import { allProcessUses, clustersPath } from '../../config/process-uses';
import { loadConfig } from '../../config/load-config';
import { formatProblem } from '../../config/problem';
import {
  correctIt,
  type DoctorLine,
  examineConfiguration,
  examineInstallation,
  linesOf,
} from '../../features/doctor';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { count } from '../../render/words';
import { createSealer } from '../../signing/seal-record';
import { type CliCommand, exit, type Terminal, word, textOrJson } from '../command';
import { textWidth } from '../text-width';

const marks: Readonly<Record<DoctorLine['status'], string>> = {
  ok: '✓',
  warning: '!',
  problem: '✗',
  unknown: '?',
};

/** Renders lines under the names of their areas, in the order of the areas. */
const renderLines = (lines: readonly DoctorLine[], colour: boolean, width: number): string => {
  const c = createColors(colour);
  const ink = { ok: c.green, warning: c.yellow, problem: c.red, unknown: c.magenta };
  const areas = [...new Set(lines.map(({ area }) => area))];
  const text = areas.flatMap((area) => [
    c.bold(showInvisible(area)),
    ...lines
      .filter((line) => line.area === area)
      .flatMap(({ status, fact, fix }) => [
        ...labelled(`  ${marks[status]} `, showInvisible(fact), width, undefined, ink[status]),
        // Not wrapped: it holds rules and commands to paste.
        ...(fix === '' ? [] : [`      ${showInvisible(fix)}`]),
      ]),
    '',
  ]);
  const problems = lines.filter(({ status }) => status === 'problem').length;
  const warnings = lines.filter(({ status }) => status === 'warning').length;
  const last =
    problems > 0
      ? c.red(`${count(problems, 'problem')}, ${count(warnings, 'warning')}`)
      : warnings > 0
        ? c.yellow(`no problems, ${count(warnings, 'warning')}`)
        : c.green('no problems');
  return `${[...text, last].join('\n')}\n`;
};

const configurationLines = (file: string, terminal: Terminal): readonly DoctorLine[] => {
  const loaded = loadConfig(file, terminal.env, allProcessUses);
  return loaded.ok
    ? examineConfiguration(loaded.value.config, file)
    : loaded.error.map((found) => linesOf('configuration').problem(formatProblem(found), correctIt));
};

/** Examines the installation from this machine. */
export const examineHere: CliCommand['run'] = async (_args, values, terminal) => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const file = clustersPath(terminal.env, word(values, 'clusters'));
  const clusters = readClustersFile(file);
  const config = clusters.ok ? clusters.value : undefined;
  const env = readEnv(terminal.env, allProcessUses);
  const lines = await examineInstallation({
    configuration: configurationLines(file, terminal),
    env: env.ok ? env.value : undefined,
    config,
    clusters: [...(config?.clusters.keys() ?? [])],
    redisUrl: readSecretFiles(terminal.env).environment['REDIS_URL']?.trim(),
    sealer: env.ok ? createSealer(env.value) : undefined,
    environment: terminal.env,
    readsPeeringTokens: true,
    slackOptions: env.ok ? slackOptions(env.value.slack.apiUrl) : undefined,
    signal: terminal.signal,
  });
  terminal.out(
    format === 'json' ? safeJson(lines) : renderLines(lines, terminal.colour, textWidth(terminal)),
  );
  return lines.some(({ status }) => status === 'problem') ? exit.findings : exit.fine;
};

const slackOptions = (slackApiUrl: string): WebClientOptions => ({
  slackApiUrl,
  timeout: 10_000,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  // Failures are in the lines.
  logger: {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    setLevel: () => undefined,
    getLevel: () => LogLevel.ERROR,
    setName: () => undefined,
  },
});
