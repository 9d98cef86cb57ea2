import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Profile } from '../base/choices.ts';
import { dialogueOf } from '../boot/dialogue.ts';
import { DEFAULT_TIMEOUT } from '../boot/limits.ts';
import type { BootOptions } from '../inputs/boot/types.ts';
import { isMachineFile } from '../manifest/machine/name.ts';
import { LONGEST_TIMEOUT, regexFault } from '../manifest/expectation.ts';
import { collect, once, profileOption, withFormat } from './command.ts';
import { UsageError } from './exit.ts';

type BootFormat = 'text' | 'json' | 'junit';

/** The options of `boot`. */
export interface BootCommandOptions {
  expect?: string[];
  send?: string[];
  timeout?: number;
  system?: string;
  loader?: string;
  kernel?: string;
  initrd?: string;
  force?: true;
  console?: true;
  log?: string;
  repro?: true;
  gdb?: number | true;
  jobs: number;
  profile: Profile;
  format: BootFormat;
}

const GDB_PORT = 1234;

function checkDialogue({ expect = [], send = [] }: BootCommandOptions): void {
  if (send.length > expect.length) {
    throw new UsageError(
      `there are more --send (${send.length}) than --expect (${expect.length})`,
      'each text is sent when what --expect of the same place waits for has come',
    );
  }
  for (const text of expect) {
    const fault = regexFault(text);
    if (fault === null) continue;
    throw new UsageError(
      `--expect '${text}' is not a regular expression: ${fault}`,
      'write one as JavaScript has it',
    );
  }
}

/** @throws UsageError */
export function checkBootOptions(files: readonly string[], options: BootCommandOptions): void {
  checkDialogue(options);
  const { gdb, kernel, initrd, loader } = options;
  const machine = files.find(isMachineFile);
  if (machine !== undefined && (kernel !== undefined || initrd !== undefined)) {
    throw new UsageError(
      `${machine} names the kernels and initrds of its cells`,
      'leave --kernel and --initrd out',
    );
  }
  if (files.length < 2) return;
  if (gdb !== undefined) throw new UsageError('--gdb is for one bundle', 'name only one');
  if (kernel !== undefined || initrd !== undefined || loader !== undefined) {
    throw new UsageError(
      '--kernel, --initrd and --loader are for one bundle',
      'start the bundles one by one',
    );
  }
}

/** What the options say of a boot; what they do not say is not there. */
export function givenOptions(options: BootCommandOptions): Partial<BootOptions> {
  const { expect, send = [], timeout, system, kernel, initrd, loader, gdb, repro } = options;
  return {
    ...(expect === undefined ? {} : { dialogue: dialogueOf({ expect, send }) }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(system === undefined ? {} : { system }),
    given: {
      ...(kernel === undefined ? {} : { kernel }),
      ...(initrd === undefined ? {} : { initrd }),
      ...(loader === undefined ? {} : { loader }),
    },
    gdb: gdb === true ? GDB_PORT : (gdb ?? null),
    repro: repro ?? false,
  };
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0 && value <= LONGEST_TIMEOUT) return value;
  throw new InvalidArgumentError(`It must be a number of seconds, at most ${LONGEST_TIMEOUT}.`);
}

const parseWhole =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number, 1 to ${most}.`);
  };

/** Gives the command its options. */
export const withBootOptions = (command: Command): Command =>
  withFormat(
    command
      .option(
        '--expect <regex>',
        'wait for this on the console instead of for init; may be repeated, in order',
        collect,
      )
      .option(
        '--send <text>',
        'send this line when the --expect of the same place has come; may be repeated',
        collect,
      )
      .option(
        '--timeout <seconds>',
        `CPU time of QEMU after which nothing is certain (default: ${DEFAULT_TIMEOUT}); a third of it without output`,
        parseSeconds,
      )
      .option('--system <file>', "the root cell's system config, for a bundle without one", once)
      .option('--loader <file>', "Jailhouse's linux-loader.bin, instead of one that does the same", once)
      .option('--kernel <file>', 'the kernel of a bundle that leaves it on the target', once)
      .option('--initrd <file>', 'the initrd of a bundle that leaves it on the target', once)
      .option('--force', 'start a manifest that check finds errors in')
      .option('--console', "show the guest's console while it runs")
      .option('--log <file>', 'file for all that hypervisor and guest print', once)
      .option('--repro', 'keep the files, and print the command line of QEMU')
      .addOption(
        new Option(
          '--gdb [port]',
          `wait for a debugger, without a limit of time (default port: ${GDB_PORT})`,
        ).argParser(parseWhole(65_535)),
      )
      .addOption(
        new Option('-j, --jobs <number>', 'cells that run at a time').argParser(parseWhole(64)).default(1),
      )
      .addOption(profileOption()),
    ['text', 'json', 'junit'],
  );
