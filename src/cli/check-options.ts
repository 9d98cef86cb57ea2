import { resolve } from 'node:path';
import type { Profile } from '../base/choices.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import type { NamedFiles } from '../inputs/prepare.ts';
import { printable } from '../base/text.ts';
import type { Waiver } from '../manifest/types.ts';
import { UsageError, type CheckFormat } from './exit.ts';
import type { RulesOptions } from './project-rules.ts';
import { checkReading, type ReadingOptions } from './reading.ts';
import type { SettingOptions } from './settings.ts';
import { rootFiles, type RootOptions } from './root-options.ts';

/** What the command line gives; an option that is not given is not there. */
export interface CheckOptions extends RootOptions, RulesOptions, ReadingOptions, SettingOptions {
  kernel?: string;
  config?: string;
  cell?: string;
  system?: string;
  initrd?: string[];
  dtb?: string;
  loader?: string;
  cmdline?: string;
  /** Of the binary configs. */
  layout?: Versioned;
  profile: Profile;
  format: CheckFormat;
  /** `-`: standard output. */
  output: string;
  /** `-`: standard output. */
  fixFragment?: string;
  /** `rule=reason` */
  waive?: string[];
}

type Option = keyof CheckOptions;

/** Options that name what is checked, where no manifest does. */
const SUBJECTS: readonly Option[] = [
  'kernel',
  'config',
  'cell',
  'system',
  'initrd',
  'dtb',
  'loader',
  'cmdline',
  'layout',
  'board',
  'rootCmdline',
  'rootIomem',
  'rootConfig',
  'waive',
];
/** What makes sense only beside others. */
const COMPANIONS: readonly (readonly [Option, readonly Option[]])[] = [
  ['system', ['cell']],
  ['layout', ['cell']],
  ['dtb', ['cell']],
  ['loader', ['kernel', 'cell']],
  ['board', ['cell']],
  ['rootCmdline', ['cell']],
  ['rootIomem', ['cell']],
  ['rootConfig', ['cell']],
];
const NO_FILES: ReadonlySet<Option> = new Set(['cmdline', 'layout', 'rootCmdline', 'waive']);
const FILES: readonly Option[] = [
  ...SUBJECTS.filter((option) => !NO_FILES.has(option)),
  'rules',
  'output',
  'fixFragment',
];

const flag = (option: Option): string =>
  `--${option.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`;
const flags = (options: readonly Option[]): string => options.map(flag).join(' and ');

/** One line of text, as boot loaders hand it on. */
const NO_LINE = /[^\P{Cc}\t]|\ufffd/u;

/** @throws UsageError unless the option's text is one line of UTF-8 */
export function checkLine(option: string, text: string | undefined): void {
  if (text === undefined || !NO_LINE.test(text)) return;
  throw new UsageError(
    `${option} is not one line of UTF-8 text`,
    'leave control characters and line ends out',
  );
}

/** @throws UsageError */
function checkFragment(manifests: readonly string[], { fixFragment, output }: CheckOptions): void {
  if (fixFragment === undefined) return;
  if (manifests.length > 1) {
    throw new UsageError('--fix-fragment is for one kernel', 'check the manifests one by one');
  }
  if (fixFragment === '-' && output === '-') {
    throw new UsageError(
      'the report and the fragment cannot both go to the standard output',
      'write one of them to a file: --fix-fragment FILE, or -o FILE for the report',
    );
  }
  if (output !== '-' && resolve(fixFragment) === resolve(output)) {
    throw new UsageError(`--fix-fragment and --output are both ${output}`, 'name two files');
  }
}

/** @throws UsageError for options that contradict each other, or would have no effect */
export function checkOptions(manifests: readonly string[], options: CheckOptions): void {
  const isGiven = (option: Option): boolean => options[option] !== undefined;
  const given = SUBJECTS.filter(isGiven);
  if (manifests.length > 0 && given.length > 0) {
    throw new UsageError(
      `a manifest and ${flags(given)} exclude each other`,
      'a manifest names its kernel, cell, command line and waivers itself; leave out one or the other',
    );
  }
  if (manifests.length === 0 && !isGiven('kernel') && !isGiven('config')) {
    throw new UsageError(
      given.length === 0 ? 'there is nothing to check' : `there is no kernel to check with ${flags(given)}`,
      'name manifests, or a kernel with --kernel, or a kernel config with --config',
    );
  }
  for (const [option, companions] of COMPANIONS) {
    const missing = companions.filter((companion) => !isGiven(companion));
    if (!isGiven(option) || missing.length === 0) continue;
    throw new UsageError(
      `${flag(option)} has no effect without ${flags(missing)}`,
      `add ${flags(missing)}, or leave it out`,
    );
  }
  for (const option of FILES) {
    if ([options[option]].flat().includes('')) {
      throw new UsageError(`${flag(option)} needs a file, not ''`, 'give its path, or leave the option out');
    }
  }
  if (options.output === '-') checkReading(options, options.format);
  checkFragment(manifests, options);
  for (const option of ['cmdline', 'rootCmdline'] as const) checkLine(flag(option), options[option]);
  for (const text of options.waive ?? []) checkLine('--waive', text);
}

/** What `--waive` accepts. @throws UsageError where it has no reason */
export const givenWaivers = ({ waive = [] }: CheckOptions): Waiver[] =>
  waive.map((text) => {
    const [, rule, reason] = /^([^=]+)=(.*\S.*)$/s.exec(text) ?? [];
    if (rule !== undefined && reason !== undefined) return { rule, reason: reason.trim(), until: null };
    throw new UsageError(
      `--waive ${printable(text)} has no reason`,
      "write it after the rule: --waive 'kernel/serio=no i8042 here'",
    );
  });

/** The files that the options name. */
export const namedFiles = (options: CheckOptions): NamedFiles => ({
  kernel: options.kernel ?? null,
  config: options.config ?? null,
  cell: options.cell ?? null,
  system: options.system ?? null,
  initrd: options.initrd ?? [],
  dtb: options.dtb ?? null,
  loader: options.loader ?? null,
  layout: options.layout,
  ...rootFiles(options),
});
