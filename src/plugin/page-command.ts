import { basename } from 'node:path';
import type { Profile } from '../base/choices.ts';
import { printable, shellQuote } from '../base/text.ts';
import { fromHere } from '../inputs/from-here.ts';

/** What no option can be mistaken for. */
const operand = (file: string): string => (file.startsWith('-') ? `./${file}` : file);

/** The command that writes the page about a manifest, or a machine file, where the plugin cannot emit it. */
export function pageCommand(file: string, profile: Profile): string {
  const page = `${basename(file).replace(/(?:\.(?:cell|machine))?\.ya?ml$/, '')}.html`;
  const words = ['npx', 'jailhouse-bundle', 'report', operand(fromHere(file)), '-o', operand(page)];
  if (profile !== 'strict') words.push('--profile', profile);
  return printable(words.map(shellQuote).join(' '));
}
