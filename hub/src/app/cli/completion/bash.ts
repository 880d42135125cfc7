/** The completion of bash. It runs nothing: all that it knows is written into it. Pure. */
import { type OfferedCommand, type OfferedOption, type Offers, quote } from './offers.ts';

export function renderBash({ first, verbs, commands }: Offers): string {
  const nouns = [...verbs].map(
    ([noun, offers]) =>
      `      ${noun}) words=${quote(offers.map(({ word }) => word).join(' '))} ;;`,
  );
  return `# Completion of tocsin for bash. For good:
#   tocsin completion bash > ~/.local/share/bash-completion/completions/tocsin
_tocsin() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local words='' files='' at=$COMP_CWORD
  # bash splits --name=value at the sign.
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  COMPREPLY=()
  if [[ \${COMP_WORDS[1]} == help && $at -gt 1 ]]; then
    if [[ $at -eq 2 ]]; then words=${quote(first.map(({ word }) => word).join(' '))}; fi
    if [[ $at -eq 3 ]]; then
      case "\${COMP_WORDS[2]}" in
${nouns.map((line) => `  ${line}`).join('\n')}
      esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  if [[ $at -eq 1 ]]; then words=${quote(first.map(({ word }) => word).join(' '))}
  elif [[ $at -eq 2 ]]; then
    case "\${COMP_WORDS[1]}" in
${nouns.join('\n')}
    esac
  fi
  if [[ -z $words ]]; then
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${commands.map(renderCommand).join('\n')}
    esac
  fi
  if [[ -n $files ]]; then compopt -o default 2>/dev/null; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _tocsin tocsin
`;
}

function renderCommand({ words, options, choices, isFile }: OfferedCommand): string {
  const pattern = words.length === 1 ? `${quote(`${words[0]} `)}*` : quote(words.join(' '));
  const names = options.map(({ name }) => `--${name}`);
  return [
    `      ${pattern})`,
    '        case "$prev" in',
    ...options.filter(({ isValued }) => isValued).map(renderOption),
    `          *) words=${quote([...choices, ...names].join(' '))}${isFile ? ' files=yes' : ''} ;;`,
    '        esac ;;',
  ].join('\n');
}

function renderOption({ name, short, choices, isFile }: OfferedOption): string {
  const pattern = short === null ? `--${name}` : `--${name}|-${short}`;
  const offered = isFile ? 'files=yes' : `words=${quote(choices.join(' '))}`;
  return `          ${pattern}) ${offered} ;;`;
}
