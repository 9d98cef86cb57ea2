import { roundSize, hex } from '../base/address.ts';
import type { Architecture } from '../base/choices.ts';
import { describeNumbers } from '../base/runs.ts';
import { cellName } from '../formats/cell/config.ts';
import { layoutIdOf, releasesOf } from '../formats/cell/layout-ids.ts';
import { ramRanges } from '../formats/cell/memory.ts';
import { isIvshmem, nameProtocol } from '../formats/cell/names.ts';
import { cpusOf, ownsUart, UART_PORTS } from '../formats/cell/resources.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { namesOf } from '../formats/cell/variants.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { numberedUarts, stdoutOf } from '../formats/dtb/uarts.ts';
import type { InitrdEvidence } from '../formats/initrd/types.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';

const USUAL_OPTIONS = '115200';

/** The PC's UART that a cell owns; where it owns several, the one of its own console. */
function pcConsole({ pio, header }: CellConfig): string | null {
  const owned = UART_PORTS.filter((base) => ownsUart(pio, base));
  const own = owned.find((base) => BigInt(base) === header.console?.address) ?? owned[0];
  return own === undefined ? null : `ttyS${UART_PORTS.indexOf(own)},${USUAL_OPTIONS}`;
}

const hasVirtioConsole = (cell: CellConfig): boolean =>
  cell.pciDevices.some(
    (device) =>
      isIvshmem(device) &&
      nameProtocol(namesOf(cell).shmemProtocols, device.shmem_protocol) === 'virtio_front:console',
  );

/** The UART that the tree's stdout-path names, or its first one. */
function treeConsole(tree: DeviceTree): string | null {
  const stdout = stdoutOf(tree);
  const uarts = numberedUarts(tree).filter(({ line }) => line !== null);
  const named = uarts.find(({ device }) => device.node === stdout?.device?.node);
  const uart = named ?? uarts[0];
  if (uart === undefined) return null;
  const options = named && stdout?.text.split(':')[1];
  return `${uart.kind.tty}${uart.line},${options || USUAL_OPTIONS}`;
}

/** What a Linux in the cell would print on: `ttyS0,115200`; `null` where nothing shows it. */
export function consoleOf(cell: CellConfig | null, tree: DeviceTree | null): string | null {
  const serial = tree ? treeConsole(tree) : cell && pcConsole(cell);
  return serial ?? (cell && hasVirtioConsole(cell) ? 'hvc0' : null);
}

/** The name of a cell, or of the root's; `null` if it has none that can be shown. */
export function nameIn(config: CellConfig): string | null {
  try {
    return cellName(config);
  } catch {
    return null;
  }
}

const forArchitecture = (architecture: Architecture | null): string[] =>
  architecture === null ? [] : [`for ${architecture}`];

function versionText(config: CellConfig | SystemConfig): string {
  const releases = releasesOf(config);
  return releases === null ? layoutIdOf(config) : `Jailhouse ${releases} (revision ${config.revision})`;
}

/** A cell in one line: CPUs, and RAM as the kernel gets it. */
export function cellInShort(cell: CellConfig): string {
  const ram = ramRanges(cell);
  const sum = ram.reduce((total, { size }) => total + size, 0n);
  const largest = ram.reduce((most, { size }) => (size > most ? size : most), 0n);
  const regions = ram.length > 1 ? ` (largest region ${roundSize(largest)})` : '';
  const cpus = describeNumbers(cpusOf(cell));
  return [
    [nameIn(cell), ...forArchitecture(cell.architecture), versionText(cell)].filter(Boolean).join(', '),
    `CPUs ${cpus || 'none'}`,
    `RAM ${ram.length === 0 ? 'none' : roundSize(sum)}${regions}`,
  ].join('; ');
}

/** Bytes of RAM that the kernel needs for itself before anything runs. */
function needOf({ image, contents }: ExaminedKernel): bigint | null {
  switch (image.format) {
    case 'bzImage':
      return image.header.init_size > 0 ? BigInt(image.header.init_size) : null;
    case 'Image':
      return image.runSize;
    default:
      return contents && BigInt(contents.size);
  }
}

/** A kernel in one line. */
export function kernelInShort(kernel: ExaminedKernel): string {
  const { image, architecture, contents } = kernel;
  const version = /^\S+/.exec(contents?.banner ?? image.version ?? '')?.[0];
  const need = needOf(kernel);
  const at = image.format === 'bzImage' ? ` at ${hex(image.header.pref_address)}` : '';
  return [
    `Linux${version === undefined ? '' : ` ${version}`} (${image.format}) for ${architecture}`,
    ...(need === null ? [] : [`needs ${roundSize(need)} of RAM${at}`]),
  ].join('; ');
}

/** An initrd in one line. */
export function initrdInShort({ size, parts, complete }: InitrdEvidence): string {
  const unpacked = parts.map(({ unpackedSize }) => unpackedSize);
  const isKnown = complete && unpacked.every((each) => each !== null);
  const sum = unpacked.reduce<number>((total, each) => total + (each ?? 0), 0);
  return `${roundSize(BigInt(size))}${isKnown ? `; ${roundSize(BigInt(sum))} of RAM when it is unpacked` : ''}`;
}

/** A system config in one line. */
export function systemInShort(system: SystemConfig): string {
  const { phys_start, size } = system.hypervisorMemory;
  const version = [...forArchitecture(system.architecture), versionText(system)].join(', ');
  return `${version}; the hypervisor has ${roundSize(size)} at ${hex(phys_start)}`;
}
