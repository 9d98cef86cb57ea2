import { hex } from '../base/address.ts';
import { describeRange, overlaps, rangeTo, type AddressRange } from '../base/ranges.ts';
import { mmconfigOf } from '../checks/cell/resources.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { registersOf } from '../formats/dtb/addresses.ts';
import { cells, flag, texts, twoCells, type NewNode } from '../formats/dtb/compose.ts';
import { gicVersion } from '../formats/dtb/gic.ts';
import { compatiblesOf, pathOf, type Device } from '../formats/dtb/walk.ts';
import type { Findings } from './findings.ts';

export const GIC_LABEL = 'gic';

// Sizes of a GIC's parts (Arm GICv2 and GICv3 architecture specifications).
const V2_DISTRIBUTOR = 0x1000n;
/** Both pages of the CPU interface: with one, Linux has no EOI mode 1. */
const V2_CPU_INTERFACE = 0x2000n;
const V3_DISTRIBUTOR = 0x10000n;
/** Two frames of 64 KiB. */
const REDISTRIBUTOR = 0x20000n;

const base = ({ platform }: SystemConfig, field: string): bigint => {
  const value = platform.fields[field];
  return typeof value === 'bigint' ? value : 0n;
};

/** The GIC of a machine; up to revision 5 its config does not say which. */
const versionOf = (system: SystemConfig): number =>
  Number(system.platform.fields.gic_version) || (base(system, 'gicr_base') > 0n ? 3 : 2);

/**
 * The redistributors: as many as the board has, which Linux walks through, but not into the virtual PCI's configuration
 * space: Linux then could not have that.
 */
function redistributors(system: SystemConfig, board: Device, cpuCount: number): AddressRange {
  const start = base(system, 'gicr_base');
  const own = registersOf(board)[1];
  const least = BigInt(cpuCount) * REDISTRIBUTOR;
  const size = own !== undefined && own.size > least ? own.size : least;
  const whole = { start, size };
  const mmconfig = mmconfigOf(system);
  return mmconfig !== null && overlaps(whole, mmconfig) && mmconfig.start > start
    ? rangeTo(start, mmconfig.start)
    : whole;
}

/** The GIC of a cell's tree, and its registers; `null` if the board's tree is of another machine. */
export function gicNode(
  system: SystemConfig,
  board: Device,
  cpuCount: number,
  findings: Findings,
): { node: NewNode; registers: AddressRange[] } | null {
  const version = versionOf(system);
  const distributor = base(system, 'gicd_base');
  const found = gicVersion(board);
  if (found !== version) {
    findings.ask(
      'foreign-board',
      [],
      `the board's device tree has a GICv${found}, the system config a GICv${version}`,
      'give the device tree of the machine that the system config is for: /sys/firmware/fdt of its root cell’s Linux',
      {
        requested: `GICv${version}`,
        actual: `${pathOf(board)}, compatible with ${compatiblesOf(board).join(', ')}`,
      },
    );
    return null;
  }
  const boardAddress = registersOf(board)[0]?.start;
  if (boardAddress !== distributor) {
    findings.note(
      'gic-address',
      [],
      `the board's device tree has the GIC at ${boardAddress === undefined ? 'no address' : hex(boardAddress)}, the system config at ${hex(distributor)}: the latter counts`,
      'give /sys/firmware/fdt of the running root cell: boot loaders correct the file of the kernel package',
    );
  }
  const registers =
    version === 3
      ? [{ start: distributor, size: V3_DISTRIBUTOR }, redistributors(system, board, cpuCount)]
      : [
          { start: distributor, size: V2_DISTRIBUTOR },
          { start: base(system, 'gicc_base'), size: V2_CPU_INTERFACE },
        ];
  findings.choose(
    'gic',
    registers.map(describeRange).join(', '),
    `GICv${version}: addresses of the system config`,
  );
  const [first] = registers;
  return {
    registers,
    node: {
      name: `interrupt-controller@${first!.start.toString(16)}`,
      label: GIC_LABEL,
      properties: [
        texts('compatible', ...compatiblesOf(board)),
        cells('#interrupt-cells', 3),
        cells('#address-cells', 0),
        flag('interrupt-controller'),
        cells('reg', ...registers.flatMap(({ start, size }) => [...twoCells(start), ...twoCells(size)])),
      ],
      children: [],
    },
  };
}
