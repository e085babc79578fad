import { type ExitCode, exit, type Values, word } from './command';

/** Which exit statuses a command ends with. */
export const exitCodes = ['default', 'monitor'] as const;

/** The option of commands whose status is for scripts, beside `check`, which tells warnings from errors. */
export const exitCodeOption = { 'exit-codes': { type: 'string' } } as const;

export const exitCodeHelp = {
  'exit-codes':
    'SET  default, or monitor: 0 fine, 2 findings, 3 unknown or wrong usage, as script checks expect them',
} as const;

export const exitCodeChoices = { 'exit-codes': exitCodes } as const;

const monitorCodes: Readonly<Record<ExitCode, ExitCode>> = {
  [exit.fine]: exit.fine,
  // Consul's script checks and Nagios take 2 for an error, and 1 for a warning.
  [exit.findings]: 2,
  [exit.usage]: exit.undecided,
  [exit.undecided]: exit.undecided,
};

/** Returns the status that the options of a command line ask for. */
export const chosenExit = (code: ExitCode, values: Values): ExitCode =>
  word(values, 'exit-codes') === 'monitor' ? monitorCodes[code] : code;
