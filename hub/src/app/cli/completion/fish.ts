/** The completion of fish, with what each word does beside it. Pure. */
import type { OfferedCommand, OfferedOption, Offers } from './offers.ts';

export function renderFish({ first, verbs, commands }: Offers): string {
  const nouns = [...verbs].flatMap(([noun, offers]) =>
    offers.map(({ word, says }) => offer(`__tocsin_typed ${noun}`, `-a ${word}`, says)),
  );
  return [
    '# Completion of tocsin for fish. For good:',
    '#   tocsin completion fish > ~/.config/fish/completions/tocsin.fish',
    // Exactly these words so far.
    'function __tocsin_typed',
    '    set -l typed (commandline -opc)',
    '    set -e typed[1]',
    '    test "$typed" = "$argv"',
    'end',
    // These words, and any after them.
    'function __tocsin_in',
    '    set -l typed (commandline -opc)',
    '    set -e typed[1]',
    `    string match -q -- "$argv *" "$typed "`,
    'end',
    'complete -c tocsin -f',
    ...first.map(({ word, says }) => offer('__tocsin_typed', `-a ${word}`, says)),
    ...first.map(({ word, says }) => offer('__tocsin_typed help', `-a ${word}`, says)),
    ...nouns,
    ...commands.flatMap(renderCommand),
    '',
  ].join('\n');
}

function renderCommand({ words, options, choices, isFile }: OfferedCommand): readonly string[] {
  const condition = `__tocsin_in ${words.join(' ')}`;
  return [
    ...(choices.length === 0 ? [] : [offer(condition, `-a ${quoteFish(choices.join(' '))}`, '')]),
    ...(isFile ? [`complete -c tocsin -n ${quoteFish(condition)} -F`] : []),
    ...options.map((option) => offer(condition, renderOption(option), option.says)),
  ];
}

function renderOption({ name, short, isValued, choices, isFile }: OfferedOption): string {
  const shortly = short === null ? '' : ` -s ${short}`;
  const value = isFile ? ' -r -F' : ' -x';
  const offered = choices.length === 0 ? '' : ` -a ${quoteFish(choices.join(' '))}`;
  return `-l ${name}${shortly}${isValued ? `${value}${offered}` : ''}`;
}

function offer(condition: string, what: string, says: string): string {
  const described = says === '' ? '' : ` -d ${quoteFish(says)}`;
  return `complete -c tocsin -n ${quoteFish(condition)} ${what}${described}`;
}

/** In its single quotes a backslash and a quote are escaped, nothing else is special. */
function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
