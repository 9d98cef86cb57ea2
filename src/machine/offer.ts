import { describeSize, hex } from '../base/address.ts';
import { describeRange } from '../base/ranges.ts';
import { describeNumbers } from '../base/runs.ts';
import { ivshmemDevices } from '../checks/cell/shmem.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import { SPI_BASE } from '../formats/dtb/gic.ts';
import { registersOf } from '../formats/dtb/addresses.ts';
import { uartAt } from '../formats/dtb/uarts.ts';
import { devicesOf, isEnabled, pathOf } from '../formats/dtb/walk.ts';
import { freeCpus } from './cpus.ts';
import { serialNumber } from './find-device.ts';
import { kindOf } from './link-kinds.ts';
import type { MachineState } from './request.ts';
import { rootRam } from './root-ram.ts';
import { boardSpis } from './spis.ts';
import { ownedPins } from './vpci.ts';

/** The board's UARTs, one a line: what the wish may call each, where it is, and whether it is in use. */
function uartLines({ facts, system }: MachineState): string[] {
  const { board } = facts;
  if (board === null) return system.architecture === 'x86' ? ['ttyS0 (0x3f8), ttyS1 (0x2f8)'] : [];
  return [...devicesOf(board)].flatMap((device) => {
    const uart = uartAt(device);
    const address = registersOf(device)[0]?.start;
    if (uart === null || address === undefined) return [];
    const line = serialNumber(board, device);
    const name = line === null ? hex(address) : `serial${line}`;
    const isDebug = address === system.debugConsole.address;
    const state = isDebug
      ? 'the hypervisor prints on it'
      : isEnabled(device)
        ? 'the root’s Linux has it'
        : 'switched off';
    return [`${name}: ${uart.kind.tty}${line ?? ''}, ${pathOf(device)} at ${hex(address)}, ${state}`];
  });
}

/** SPIs that the root cell owns and nothing on the board is wired to. */
function freeSpis({ facts, system }: MachineState): number[] {
  const wired = facts.board === null ? new Set<number>() : boardSpis(facts.board);
  return [...ownedPins(system.rootCell)]
    .map((pin) => pin - SPI_BASE)
    .filter((spi) => spi >= 0 && !wired.has(spi));
}

/** What a machine offers to a new cell, as a wish with comments. */
export function offer(machine: MachineState, systemFile: string, boardFile: string | null): string {
  const { system } = machine;
  const isX86 = system.architecture === 'x86';
  const ram = rootRam(machine);
  const cpus = freeCpus(machine);
  const peers = ivshmemDevices({ description: system.rootCell });
  const comment = (lines: readonly string[]): string[] => lines.map((line) => `    # ${line}`);
  const uarts = uartLines(machine);
  return [
    '# A cell that is made from the board: `jailhouse-bundle cell generate THIS-FILE -o generated`.',
    '# With `kernel:` added it is a manifest, for `jailhouse-bundle check` and `build`.',
    'name: linux',
    `system: ${JSON.stringify(systemFile)}`,
    ...(boardFile === null
      ? isX86
        ? []
        : ['#board: board.dtb   # /sys/firmware/fdt of the root cell’s Linux']
      : [`board: ${JSON.stringify(boardFile)}`]),
    '# What the root cell’s Linux uses: sudo cat /proc/iomem, cat /proc/cmdline.',
    '#root: { iomem: iomem.txt, cmdline: "mem=768M" }',
    'cell:',
    '  generate:',
    ...comment([`CPUs that can be given away: ${describeNumbers(cpus.free) || 'none'}`]),
    '    cpus: 1',
    ...comment([
      'RAM of the root cell that has no other user:',
      ...ram.free.map((range) => `${describeRange(range)} (${describeSize(range.size)})`),
      ...ram.doubtful.map(
        (range) => `${describeRange(range)} (${describeSize(range.size)}): not sure to be RAM`,
      ),
    ]),
    '    memory: 256M',
    ...comment(uarts.length === 0 ? ['UARTs: none are known'] : ['UARTs:', ...uarts]),
    '    console: none',
    '    #clock-rate: 24000000',
    ...comment(
      peers.length === 0
        ? ['Links: the system config has no ivshmem device; a new one changes it']
        : [
            'Links that the system config has an end for:',
            ...peers.map(
              ({ device, peers: count }) =>
                `${formatBdf(device.domain, device.bdf)}: ${kindOf(device.shmem_protocol)}, ${count} peers`,
            ),
          ],
    ),
    '    #links: [{ to: root, kind: net }]',
    ...(isX86
      ? []
      : comment([`SPIs that nothing is wired to: ${describeNumbers(freeSpis(machine)) || 'none'}`])),
    '    #devices: []',
    '',
  ].join('\n');
}
