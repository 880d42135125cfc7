/** `tocsin completion`: a script that a shell reads, made of the table of all commands. */
import type { Command } from '#app/cli/kit/command.ts';
import { renderBash } from './bash.ts';
import { renderFish } from './fish.ts';
import { listOffers } from './offers.ts';
import { renderZsh } from './zsh.ts';

const SHELLS = { bash: renderBash, zsh: renderZsh, fish: renderFish } as const;

export const COMPLETION: Command = {
  name: 'completion',
  summary: 'Print a script that completes tocsin in bash, zsh or fish',
  about: `It knows commands, options and what they may be; it asks no hub. To try it, load it into
the shell that runs; the head of the script says where it lies for good.`,
  arguments: [{ name: 'SHELL', says: 'bash, zsh or fish', choices: Object.keys(SHELLS) }],
  examples: [
    'tocsin completion bash > ~/.local/share/bash-completion/completions/tocsin',
    'tocsin completion zsh > ~/.zfunc/_tocsin',
    'tocsin completion fish > ~/.config/fish/completions/tocsin.fish',
  ],
  run: async (given, { commands, out }) => {
    const shell = given.text('SHELL');
    const render = shell === 'zsh' ? SHELLS.zsh : shell === 'fish' ? SHELLS.fish : SHELLS.bash;
    out.print(render(listOffers(commands)).trimEnd());
    return 0;
  },
};
