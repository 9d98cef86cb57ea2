import { createHash } from 'node:crypto';
import type { BundleFile, BundleInput } from '../../src/bundle/input.ts';
import type { FileDigest } from '../../src/bundle/tar.ts';
import { evaluateCell, type CellInputs, type Evaluation } from '../../src/evaluate/cell.ts';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import { parseSystemConfig } from '../../src/formats/cell/system.ts';
import { examineKernel } from '../../src/formats/kernel/examine.ts';
import type { InitrdEvidence } from '../../src/formats/initrd/types.ts';
import type { Manifest } from '../../src/manifest/types.ts';
import { makeBootableKernel, makeCell } from './cell-files.ts';
import { GOOD_CONFIG } from './kernel-evidence.ts';
import { utf8 } from './bytes.ts';

const TODAY = '2026-11-23';

const manifestWith = (change: Partial<Manifest> = {}): Manifest => ({
  name: 'demo',
  version: null,
  compatible: [],
  cell: 'demo.cell',
  kernel: { image: 'bzImage', config: 'kernel.config' },
  initrd: { paths: ['rootfs.cpio'], joined: false },
  cmdline: 'console=ttyS0,115200',
  dtb: null,
  loader: null,
  system: null,
  layout: null,
  board: null,
  root: null,
  placement: 'exact',
  checks: { profile: null, require: {}, rules: [], waive: [] },
  boot: { expect: [], send: [], timeout: null },
  ready: null,
  restart: 'never',
  bundle: { compress: 'none', kernel: true, initrd: true, loader: true, hooks: {} },
  ...change,
});

export const kernelFile = makeBootableKernel();
export const kernel = await examineKernel(kernelFile);

/** An initrd of a size that nobody looked into. */
export const initrdOf = (size: number): InitrdEvidence => ({
  size,
  parts: [],
  complete: false,
  hasInit: null,
  files: null,
  problems: [],
});

/** Configs as the bytes of their files. */
export type GivenInputs = Omit<CellInputs, 'cell' | 'system'> & {
  cell: Uint8Array | 'unreadable' | null;
  system: Uint8Array | null;
};

export const evaluate = (
  change: Partial<Manifest> = {},
  { cell = makeCell(), system = null, ...inputs }: Partial<GivenInputs> = {},
): Evaluation =>
  evaluateCell(
    manifestWith(change),
    {
      cell: cell instanceof Uint8Array ? parseCellConfig(cell) : cell,
      system: system && parseSystemConfig(system),
      kernel,
      kernelConfig: utf8(GOOD_CONFIG),
      initrd: initrdOf(9),
      dtb: 'none',
      loaderSize: null,
      ...inputs,
    },
    { profile: 'strict', today: TODAY },
  );

export const digestOf = (content: Uint8Array): FileDigest => ({
  size: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

export const shipped = (content: Uint8Array): BundleFile => ({ in: 'bundle', source: content });

/** What a bundle of {@link evaluate}'s cell is made from. */
export function bundleInput(
  change: Partial<Manifest> = {},
  inputs: Partial<Omit<GivenInputs, 'cell'>> & { cell?: Uint8Array } = {},
  files: Partial<BundleInput['files']> = {},
): BundleInput {
  const { planned, diagnostics } = evaluate(change, inputs);
  if (planned === null) throw new Error(JSON.stringify(diagnostics));
  return {
    manifest: manifestWith(change),
    planned,
    system: (files.system ?? inputs.system) ? { revision: planned.cell.revision } : null,
    kernel,
    diagnostics,
    inputs: [{ key: 'kernel.image', file: 'bzImage', size: 4, sha256: async () => '0123' }],
    overrides: [],
    files: {
      cell: inputs.cell ?? makeCell(),
      system: inputs.system ?? null,
      kernel: shipped(kernelFile),
      initrd: shipped(utf8('an initrd')),
      loader: { in: 'installed' },
      hooks: new Map(),
      ...files,
    },
  };
}
