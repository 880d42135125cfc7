/** The completion of zsh, with what each word does beside it. Pure. */
import { type Offer, type OfferedCommand, type Offers, quote } from './offers.ts';

export function renderZsh({ first, verbs, commands }: Offers): string {
  const nouns = [...verbs].map(
    ([noun, offers]) => `      (${noun}) found=(${renderOffers(offers)}) ;;`,
  );
  return `#compdef tocsin
# Completion of tocsin for zsh. For good, in a folder of your $fpath:
#   tocsin completion zsh > ~/.zfunc/_tocsin
_tocsin() {
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}"
  local -a found
  if [[ $cur == --*=* ]]; then
    prev="\${cur%%=*}"
    compset -P '*='
  fi
  if (( CURRENT == 2 )); then
    found=(${renderOffers(first)})
    _describe command found
    return
  fi
  if (( CURRENT == 3 )); then
    case "\${words[2]}" in
      (help) found=(${renderOffers(first)}) ;;
${nouns.join('\n')}
    esac
    if (( \${#found} )); then
      _describe verb found
      return
    fi
  fi
  case "\${words[2]} \${words[3]}" in
${commands.map(renderCommand).join('\n')}
  esac
}
if [[ "$funcstack[1]" == _tocsin ]]; then _tocsin "$@"; else compdef _tocsin tocsin; fi
`;
}

function renderOffers(offers: readonly Offer[]): string {
  return offers.map(({ word, says }) => quote(`${word}:${says}`)).join(' ');
}

function renderCommand({ words, options, choices, isFile }: OfferedCommand): string {
  const pattern = words.length === 1 ? `${quote(`${words[0]} `)}*` : quote(words.join(' '));
  const valued = options.filter(({ isValued }) => isValued);
  const offers = options.map(({ name, says }) => ({ word: `--${name}`, says }));
  return [
    `    (${pattern})`,
    '      case "$prev" in',
    ...valued.map((option) => {
      const names = option.short === null ? '' : `|-${option.short}`;
      const offered = option.isFile ? '_files' : renderChoices(option.choices);
      return `        (--${option.name}${names}) ${offered} ;;`;
    }),
    '        (*)',
    ...(choices.length === 0 ? [] : [`          ${renderChoices(choices)}`]),
    ...(isFile ? ['          _files'] : []),
    `          found=(${renderOffers(offers)})`,
    '          _describe option found ;;',
    '      esac ;;',
  ].join('\n');
}

function renderChoices(choices: readonly string[]): string {
  return choices.length === 0 ? 'true' : `compadd -- ${choices.map(quote).join(' ')}`;
}
