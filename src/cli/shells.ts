/** Completion scripts of the shells, and the quoting of words that they need. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * Scripts for the shells. Each calls the hidden command `complete` with the words before the cursor, so that the
 * clusters, checks and names are current, and quotes what it prints. Where nothing is printed, files are offered.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  // Bash 3.2, which macOS has, knows neither mapfile nor compopt.
  bash: `# To use it, add to ~/.bashrc: source <(peering-bot completion bash)
_peering_bot() {
  local word words=() last candidate breaks="\${COMP_WORDBREAKS//[^:=]/}"
  # Bash splits words such as owner:NAME and label:KEY=VALUE at these characters.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -n "$breaks" && \${#words[@]} -gt 0 && ( "$word" == [:=]* || "$last" == *[:=] ) ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    last="$word"
  done
  word="\${words[\${#words[@]}-1]}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    if [[ "$word" != [\\"\\']* && "$candidate" == *[^A-Za-z0-9_./:=,@%+-]* ]]; then
      printf -v candidate %q "$candidate"
    fi
    COMPREPLY+=("$candidate")
  done < <(peering-bot complete --shell bash -- "\${words[@]}" 2>/dev/null)
  # Bash replaces only what follows the last of them.
  if [[ -n "$breaks" && "$word" != [\\"\\']* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*[$breaks]}"}"}")
  fi
}
complete -o default -F _peering_bot peering-bot
`,
  zsh: `#compdef peering-bot
# To use it, add to ~/.zshrc after compinit: source <(peering-bot completion zsh)
# Or save it as _peering-bot in a folder of $fpath.
_peering_bot() {
  local -a candidates
  candidates=(\${(f)"$(peering-bot complete --shell zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)"})
  if (( $#candidates )); then
    compadd -a candidates
  else
    compset -P '-*='
    _files
  fi
}
if [[ $funcstack[1] == _peering[-_]bot ]]; then
  _peering_bot "$@"
else
  compdef _peering_bot peering-bot
fi
`,
  fish: `# To use it, add to ~/.config/fish/config.fish: peering-bot completion fish | source
function __peering_bot_complete
  set -l word (commandline -ct)
  set -l candidates (peering-bot complete --shell fish -- (commandline -opc)[2..] "$word" 2>/dev/null)
  if set -q candidates[1]
    printf '%s\\n' $candidates
    return
  end
  # Files, also after "--option=".
  set -l option (string match -r '^-[^=]*=' -- $word; or echo)
  for file in (__fish_complete_path (string replace -r '^-[^=]*=' '' -- $word))
    echo $option$file
  end
end
complete -c peering-bot -f -a '(__peering_bot_complete)'
`,
};

/** Removes the quotes and backslashes of a word as bash has it. */
const unquoted = (word: string): string => {
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length; at += 1) {
    const character = word[at] ?? '';
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === '\\' && quote !== "'") {
      at += 1;
      text += word[at] ?? '';
    } else text += character;
  }
  return text;
};

/** Returns the words of a command line without the quoting of the shell. Zsh and fish remove it themselves. */
export const wordsFrom = (shell: Shell | undefined, words: readonly string[]): readonly string[] =>
  shell === 'bash' ? words.map(unquoted) : words;

/** Names that no shell takes for more than a word. */
const isPlain = (name: string): boolean => /^[\w./:=,-]+$/u.test(name);

/**
 * Returns the candidates that a shell can complete a word with. Names come from Consul: one with a line break would be
 * two candidates, and one that a shell expands is for scripts that quote it. Bash does not match candidates itself, nor
 * can it quote them in a word that is quoted already.
 *
 * @param word the word as the shell has it, with its quotes
 */
export const candidatesOf = (
  shell: Shell | undefined,
  word: string,
  candidates: readonly string[],
): readonly string[] => {
  const shown = candidates.filter((name) => !/\p{C}/u.test(name));
  if (shell === undefined) return shown.filter(isPlain);
  if (shell !== 'bash') return shown;
  const start = unquoted(word);
  const matching = shown.filter((name) => name.startsWith(start));
  return /["']/.test(word) ? matching.filter((name) => isPlain(name.replaceAll(' ', ''))) : matching;
};
