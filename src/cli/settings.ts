import type { Command } from 'commander';
import { printable } from '../base/text.ts';
import { isMachineFile } from '../manifest/machine/name.ts';
import type { SettingLayer } from '../manifest/other-text.ts';
import { collect } from './command.ts';
import { UsageError } from './exit.ts';

/** Keys of manifests that the command line sets. */
export interface SettingOptions {
  set?: string[];
}

export const withSettings = (command: Command): Command =>
  command.option(
    '--set <key=value>',
    'set a key of the manifests, with a value in YAML: kernel.image=PATH, bundle.compress=gzip; relative paths start ' +
      'from the working directory; may be repeated',
    collect,
  );

/** @throws UsageError for what sets no key, or one twice, or no manifest's */
export async function settingsOf(
  { set = [] }: SettingOptions,
  files: readonly string[],
): Promise<SettingLayer[]> {
  if (set.length === 0) return [];
  const machine = files.find(isMachineFile);
  if (machine !== undefined) {
    throw new UsageError(
      `--set is for manifests: ${printable(machine)} is a machine file`,
      'name the manifests of its cells, or change the file',
    );
  }
  if (files.length === 0) {
    throw new UsageError('--set has no effect without a manifest', 'name a manifest, or leave it out');
  }
  // The libraries for YAML take long to load.
  const { readSetting } = await import('../manifest/layers.ts');
  const known = new Set<string>();
  return set.map((option) => {
    const [key] = option.split('=', 1) as [string];
    const setting = readSetting(option);
    if (setting === null) {
      throw new UsageError(
        `--set ${printable(option)} does not set a key`,
        'write KEY=VALUE, with dots between the keys of maps: --set kernel.image=bzImage',
      );
    }
    if (known.has(key)) {
      throw new UsageError(
        `--set ${key} is given twice`,
        `name it once; a list is written so: --set '${key}=[A, B]'`,
      );
    }
    known.add(key);
    return setting;
  });
}
