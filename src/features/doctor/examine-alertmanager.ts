import type { Config } from '../../config/config';
import type { Env } from '../../config/env';
import { type Environment, readSecret } from '../../config/secret';
import { type DoctorLine, linesOf } from './finding';

const { ok, problem } = linesOf('alerts');

/** Examines the webhook of Alertmanager: its token, and the port of Socket Mode. */
export const examineAlertmanager = (
  { alertmanager }: Pick<Config, 'alertmanager'>,
  env: Pick<Env, 'slack' | 'port'> | undefined,
  environment: Environment,
): readonly DoctorLine[] => {
  if (alertmanager === undefined) return [];
  const token = readSecret(alertmanager.token, environment);
  if (!token.ok)
    return [problem(`Alertmanager is refused: ${token.error}`, 'Set it for processes of the role bot')];
  if (env?.slack.mode?.kind === 'socket' && env.port === undefined)
    return [problem('nothing listens for Alertmanager', 'Set PORT, also with Socket Mode')];
  return [
    ok(`Alertmanager is answered in the channel ${alertmanager.channel}, as ${alertmanager.owner} may see`),
  ];
};
