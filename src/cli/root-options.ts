import type { Command } from 'commander';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { fileNamedAt, readRootFacts, rootReferences, seeFiles, type RootFiles } from '../inputs/contents.ts';
import { InputStore } from '../inputs/store.ts';
import { once } from './command.ts';

/** What the command line gives of the root cell's Linux; an option that is not given is not there. */
export interface RootOptions {
  /** Files, but for the command line. */
  board?: string;
  rootCmdline?: string;
  rootIomem?: string;
  rootConfig?: string;
}

export const withRootOptions = (command: Command): Command =>
  command
    .option('--board <file>', "the board's device tree as the root cell has it: /sys/firmware/fdt", once)
    .option('--root-cmdline <string>', "the command line of the root cell's Linux", once)
    .option('--root-iomem <file>', "a copy of the root cell's /proc/iomem, read as root", once)
    .option('--root-config <file>', "the .config of the root cell's kernel", once);

export const rootFiles = (options: RootOptions): RootFiles => ({
  board: options.board ?? null,
  rootIomem: options.rootIomem ?? null,
  rootConfig: options.rootConfig ?? null,
});

interface ReadFacts {
  facts: RootFacts;
  /** What is wrong with the files. */
  problems: { file: string; problem: Diagnostic }[];
}

/** What the files and the command line say of the root cell's Linux. */
export async function readFacts(root: RootFiles, cmdline: string | null): Promise<ReadFacts> {
  const inputs = await seeFiles({ files: rootReferences(root), folder: '' }, new InputStore());
  const facts = await readRootFacts(inputs, cmdline);
  const problems = inputs.diagnostics.map((problem) => ({
    file: fileNamedAt(inputs, problem.path ?? []) ?? '',
    problem,
  }));
  return { facts, problems };
}
