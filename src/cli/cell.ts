import type { Command } from 'commander';
import { addCommands, type CommandEntry, type Finish, type Words } from './command.ts';

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  decompile: {
    usage: '[options] <file>',
    summary: 'write a binary config as a description',
    load: () => import('./cell-decompile.ts'),
  },
  compile: {
    usage: '[options] <file>',
    summary: 'write a description as a binary config',
    load: () => import('./cell-compile.ts'),
  },
  convert: {
    usage: '[options] <file>',
    summary: 'convert a config to another release',
    load: () => import('./cell-convert.ts'),
  },
  generate: {
    usage: '[options] <file> [board]',
    summary: 'make a cell from the board: config, device tree, and what the root needs',
    load: () => import('./cell-generate.ts'),
  },
  check: {
    usage: '[options] <system> [cell...]',
    summary: 'check cells against the machine they share',
    load: () => import('./cell-check.ts'),
  },
};

export async function define(command: Command, finish: Finish, words: Words): Promise<void> {
  command
    .helpCommand('help [command]', 'print the help of a command')
    .description('Converts cell and system configs to YAML (*.jailhouse.yaml) and back, and checks them.');
  await addCommands(command, COMMANDS, words, finish);
}
