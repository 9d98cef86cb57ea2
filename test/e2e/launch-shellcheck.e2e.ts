import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { launchScript } from '../../src/bundle/launch/script.ts';
import { machineScript } from '../../src/bundle/launch/machine-script.ts';
import type { LaunchInput, MachineLaunch } from '../../src/bundle/launch/types.ts';
import { machineLaunch } from '../helpers/launch/machine-cases.ts';
import { launchInput } from '../helpers/launch/rig.ts';
import { STUB } from '../helpers/launch/stub.ts';

/** What shellcheck says of a script; nothing, if all is well. */
function findings(script: string): string {
  try {
    return execFileSync('shellcheck', ['-s', 'sh', '-'], { input: script, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout?: string }).stdout || String(error);
  }
}

/** One of each kind of quoting; launch-shells.e2e.ts runs the scripts of many more. */
const CELL_NAMES = ["it's", '$(x)', '-s', 'back\\slash\\', 'tab\there', 'Łódź Ąć'];

const TARGET_FILES: Partial<LaunchInput> = {
  system: null,
  machines: ['armv7l', 'armv8l'],
  load: [
    { kind: 'image', role: 'loader', address: null, size: null },
    { kind: 'string', text: 'kernel=0x80000 dtb=0x2000', address: 0x100n },
    { kind: 'image', role: 'kernel', address: 0x80000n, size: 1n },
    { kind: 'image', role: 'initrd', address: 0x90000n, size: 1n },
    { kind: 'image', role: 'params', address: 0x2000n, size: 1n },
  ],
  files: {
    loader: { in: 'target', path: '/usr/lib/my loader.bin' },
    kernel: { in: 'target', path: "/boot/it's `a` $kernel" },
    initrd: { in: 'bundle', path: 'initrd' },
    params: { in: 'bundle', path: 'params' },
  },
};

test('shellcheck finds faults', () => {
  expect(findings('#!/bin/sh\necho $1\n')).toContain('SC2086');
});

test.each([
  ['all in the bundle', { files: { ...launchInput().files, loader: { in: 'bundle', path: 'loader' } } }],
  ['files of the target', TARGET_FILES],
  ...CELL_NAMES.map((cellName): [string, Partial<LaunchInput>] => [
    `a cell called ${cellName}`,
    { cellName },
  ]),
] satisfies [string, Partial<LaunchInput>][])('%s', (_title, input) => {
  expect(findings(launchScript(launchInput(input)))).toBe('');
});

test.each([
  ['cells with Linux and without', {}],
  ['one cell', { cells: machineLaunch().cells.slice(1, 2) }],
  ['without Linux', { cells: machineLaunch().cells.slice(0, 1) }],
  ...CELL_NAMES.map((cellName): [string, Partial<MachineLaunch>] => [
    `a cell and a root cell called ${cellName}`,
    { rootName: cellName, cells: machineLaunch().cells.map((cell) => ({ ...cell, cellName })) },
  ]),
] satisfies [string, Partial<MachineLaunch>][])('a machine: %s', (_title, machine) => {
  expect(findings(machineScript(machineLaunch(machine)))).toBe('');
});

test('the stub of the tests', () => {
  expect(findings(STUB)).toBe('');
});
