import { failure, type Diagnostic, type ManifestPath } from '../../base/diagnostic.ts';
import { SCRIPT_NAME } from '../layout.ts';
import { shown } from '../names.ts';
import type { SystemConfig } from '../../formats/cell/types.ts';
import { isBundleName } from '../../manifest/name.ts';

/** What the files that belong to no cell are called in the bundle of a machine. */
export const MACHINE_NAMES = { system: 'system.cell', script: SCRIPT_NAME } as const;

/** The root cell's name, as the hypervisor knows it. */
export const rootName = ({ rootCell }: Pick<SystemConfig, 'rootCell'>): string =>
  new TextDecoder().decode(rootCell.header.name).split('\0', 1)[0]!;

export const targetName = (machine: string): string => `${machine}.target`;
export const serviceName = (machine: string, cell: string): string => `${machine}-${cell}.service`;
export const configName = (cell: string): string => `${cell}.cell`;

const CHARACTERS = 'letters, digits, dots, dashes and underscores';

/** Whether files of a machine's bundle can be called after the machine and its cells. */
export function checkMachineNames(
  machine: string,
  cells: readonly { name: string; at: ManifestPath }[],
): Diagnostic[] {
  if (!isBundleName(targetName(machine))) {
    const message = `the machine file's name gives the bundle's, and ${shown(machine)} is not allowed as one`;
    return [failure('machine/name', message, { fix: `rename the file: use ${CHARACTERS}`, path: [] })];
  }
  return cells.flatMap(({ name, at }): Diagnostic[] => {
    const refuse = (message: string, fix: string): Diagnostic[] => [
      failure('machine/name', message, { fix, path: at }),
    ];
    if (!isBundleName(name)) {
      return refuse(
        `files of the bundle are named after the cell, and ${shown(name)} is not allowed for that`,
        `add \`name:\` with ${CHARACTERS}`,
      );
    }
    if (configName(name) === MACHINE_NAMES.system) {
      return refuse(
        `a cell cannot be called '${name}': the system config is ${MACHINE_NAMES.system} in the bundle`,
        'give it another `name:`',
      );
    }
    const service = serviceName(machine, name);
    if (isBundleName(service)) return [];
    return refuse(`the name of the cell's unit is too long: ${service}`, 'give it a shorter `name:`');
  });
}
