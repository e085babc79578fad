import { didYouMean } from '../../config/suggest-name';
import { candidatesFor } from '../candidates';
import { type CliCommand, defineCliCommand, exit, usageError, word } from '../command';
import { candidatesOf, completionScripts, shells, wordsFrom } from '../shells';

export const completion = defineCliCommand({
  name: 'completion',
  usage: shells.join('|'),
  summary:
    'Prints a script that completes commands, options, clusters, selectors and checks in your shell; its first lines say how to use it',
  options: {},
  optionHelp: {},
  examples: ['completion bash', 'completion zsh', 'completion fish'],
  ignoresClusters: true,
  positionals: [1, 1],
  async run([given = ''], _values, terminal) {
    const shell = shells.find((one) => one === given);
    if (shell === undefined) {
      return usageError(terminal, `completion takes ${shells.join(', ')}${didYouMean(given, shells)}`);
    }
    terminal.out(completionScripts[shell]);
    return exit.fine;
  },
});

/** Declares the hidden command that completion scripts run. It never fails, since nothing would show an error. */
export const completeCommand = (commands: readonly CliCommand[]): CliCommand =>
  defineCliCommand({
    name: 'complete',
    usage: '[--shell bash|zsh|fish] -- WORDS…',
    summary: 'Lists what completes a command line',
    isHidden: true,
    options: { shell: { type: 'string' } },
    optionHelp: { shell: 'SHELL  the shell, whose script quotes what it gets' },
    positionals: [0, 500],
    async run(words, values, terminal) {
      const shell = shells.find((one) => one === word(values, 'shell'));
      const candidates = candidatesFor(commands, wordsFrom(shell, words), terminal);
      for (const candidate of candidatesOf(shell, words.at(-1) ?? '', candidates))
        terminal.out(`${candidate}\n`);
      return exit.fine;
    },
  });
