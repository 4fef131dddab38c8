import type { CommandWords } from './words-of-commands.ts';

/** The text for each shell. Names of functions are asked for while the user types, and quietly left out when nothing answers. */
export const shells: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = { bash, zsh, fish };

const askFunctions = `ofn get functions -o 'jsonpath={.items[*].metadata.name}' 2>/dev/null`;

function bash(commands: readonly CommandWords[]): string {
  return `${shared('_ofn_words', commands)}
_ofn() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$(_ofn_words "\${COMP_WORDS[1]}" "$current")" -- "$current"))
    [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _ofn ofn
`;
}

function zsh(commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, summary }) => `    '${quoted(`${name}:${summary}`)}'`).join('\n');
  return `${shared('_ofn_words', commands)}
_ofn() {
  local -a commands words_of
  commands=(
${described}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    words_of=(\${(f)"$(_ofn_words "\${words[2]}" "\${words[CURRENT]}" | tr ' ' '\\n')"})
    compadd -a words_of || _files
  fi
}
compdef _ofn ofn
`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, summary, options, takesFunctions }) => [
    `complete -c ofn -n __fish_use_subcommand -f -a ${name} -d '${quotedForFish(summary)}'`,
    ...options.map((option) => `complete -c ofn -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
    ...(takesFunctions ? [`complete -c ofn -n '__fish_seen_subcommand_from ${name}' -a '(__ofn_functions)'`] : []),
  ]);
  return `function __ofn_functions\n  ${askFunctions} | string split ' '\nend\n${lines.join('\n')}\n`;
}

/** A function that prints what may follow a command; $1 is the command, $2 the word so far. */
function shared(name: string, commands: readonly CommandWords[]): string {
  const cases = commands.map((one) => {
    const functions = one.takesFunctions ? `\n      case "$2" in -*) ;; *) ${askFunctions} ;; esac` : '';
    return `    ${one.name})\n      case "$2" in -*) echo "${one.options.join(' ')}" ;; esac${functions}\n      ;;`;
  });
  return `${name}() {\n  case "$1" in\n${cases.join('\n')}\n  esac\n}`;
}

function quoted(text: string): string {
  return text.replaceAll("'", String.raw`'\''`);
}

function quotedForFish(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`);
}
