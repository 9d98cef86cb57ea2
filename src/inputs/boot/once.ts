import type { Diagnostic } from '../../base/diagnostic.ts';
import { bootFinding } from '../../boot/finding.ts';
import { findQemu } from '../../boot/qemu.ts';
import type { BoxArchitecture } from '../../boot/types.ts';
import type { ReadyCell } from '../pack.ts';
import type { InputStore } from '../store.ts';
import { keepStarted, keyOf, readStarted, type Started } from './cache.ts';
import { bootCell } from './cell.ts';

/** A cell's bundle that started, now or before. */
export interface StartedCell extends Started {
  isKnown: boolean;
}

/** `null`: such a boot cannot be known, for want of QEMU or of a box for the cell. */
function keyFor({ input: { planned, manifest }, contents }: ReadyCell, sums: Uint8Array): string | null {
  const { architecture } = planned.cell;
  if (architecture !== 'x86' && architecture !== 'arm64') return null;
  const qemu = versionOf(architecture);
  return qemu && keyOf({ sums, name: contents.name, architecture, qemu, asked: manifest.boot });
}

function versionOf(architecture: BoxArchitecture): string | null {
  try {
    return findQemu(architecture).version;
  } catch {
    return null;
  }
}

/**
 * Starts a cell's bundle, unless the same one is known to start.
 *
 * @param sums SHA256SUMS of the bundle: its own, or that of its machine
 * @param folder of what is known; `null`: nothing is
 * @param without how to build without a boot
 * @returns what is wrong, if it does not start
 */
export async function bootOnce(
  ready: ReadyCell,
  store: InputStore,
  sums: Uint8Array,
  folder: string | null,
  without: string,
): Promise<StartedCell | Diagnostic> {
  const key = folder && keyFor(ready, sums);
  const known = folder && key && (await readStarted(folder, key));
  if (known) return { ...known, isKnown: true };
  const boot = await bootCell(ready, store);
  const finding = bootFinding(boot, without);
  if (finding !== null) return finding;
  const started = { line: boot.line ?? '' };
  if (folder && key) await keepStarted(folder, key, started);
  return { ...started, isKnown: false };
}
