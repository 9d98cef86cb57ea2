import type { AddressRange } from '../base/ranges.ts';
import { cells, flag, ref, texts, twoCells, type NewNode, type NewProperty } from '../formats/dtb/compose.ts';
import { childNamed, propertyOf } from '../formats/dtb/edit.ts';
import { gicOf } from '../formats/dtb/gic.ts';
import { interruptsOf } from '../formats/dtb/interrupts.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { readText, readTexts } from '../formats/dtb/values.ts';
import { compatiblesOf, devicesOf, isEnabled, type Device } from '../formats/dtb/walk.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { clockNode } from './clocks.ts';
import type { GivenConsole } from './console.ts';
import { boardCpus } from './cpus.ts';
import type { Board, GivenDevice } from './device.ts';
import { splitProperties } from './device-properties.ts';
import type { Findings } from './findings.ts';
import { GIC_LABEL, gicNode } from './gic-node.ts';
import type { PlacedLink } from './links.ts';
import { pciHost } from './pci-host.ts';

/** What the tree of a cell tells. */
export interface TreeParts {
  system: SystemConfig;
  board: Board;
  name: string;
  cpus: readonly number[];
  console: GivenConsole | null;
  devices: readonly GivenDevice[];
  links: readonly PlacedLink[];
  vpciBase: number | null;
  /** What the cell has of its address space. */
  occupied: readonly AddressRange[];
}

const CONSOLE_LABEL = 'console';

const rootCompatible = (tree: DeviceTree): NewProperty[] => {
  const compatibles = readTexts(propertyOf(tree.root, 'compatible'));
  return compatibles.length === 0 ? [] : [texts('compatible', ...compatibles)];
};

/** The nodes of the cell's CPUs: who they are, and that the firmware starts them. */
function cpusNode(tree: DeviceTree, cpus: readonly number[]): NewNode {
  const all = boardCpus(tree);
  const parent = childNamed(tree.root, 'cpus');
  const width = propertyOf(parent, '#address-cells');
  return {
    name: 'cpus',
    properties: [
      width === undefined ? cells('#address-cells', 1) : { name: '#address-cells', value: { bytes: width } },
      cells('#size-cells', 0),
    ],
    children: cpus.flatMap((cpu) => {
      const node = all[cpu];
      if (node === undefined) return [];
      const copied = ['compatible', 'reg'].flatMap((name): NewProperty[] => {
        const value = propertyOf(node, name);
        return value === undefined ? [] : [{ name, value: { bytes: value } }];
      });
      return [
        {
          name: node.name,
          comment: `CPU ${cpu} of the machine`,
          properties: [texts('device_type', 'cpu'), ...copied, texts('enable-method', 'psci')],
          children: [],
        },
      ];
    }),
  };
}

const PSCI: NewNode = {
  name: 'psci',
  properties: [texts('compatible', 'arm,psci-1.0', 'arm,psci-0.2'), texts('method', 'smc')],
  children: [],
};

const TIMER = /^arm,armv[78]-timer$/;

const timerOf = (tree: DeviceTree): Device | null =>
  [...devicesOf(tree)].find(
    (device) => isEnabled(device) && compatiblesOf(device).some((each) => TIMER.test(each)),
  ) ?? null;

/** The timer as the board has it: private interrupts, triggers, rate and known faults. */
function timerNode({ tree, phandles }: Board): NewNode | null {
  const timer = timerOf(tree);
  if (timer === null) return null;
  const { interrupts } = interruptsOf(phandles, timer);
  const rate = propertyOf(timer.node, 'clock-frequency');
  const { kept } = splitProperties(timer);
  return {
    name: 'timer',
    properties: [
      ...kept,
      cells('interrupts', ...interrupts.flatMap((each) => each.cells.slice(0, 3))),
      ...(rate === undefined ? [] : [{ name: 'clock-frequency', value: { bytes: rate } }]),
    ],
    children: [],
  };
}

/** Devices whose bus shows them other addresses of memory than the CPU sees. */
function dmaBus({ node, dma }: GivenDevice, index: number): NewNode {
  if (dma === null) return node;
  return {
    name: `bus-${index}`,
    comment: 'the device sees memory at other addresses than the CPU',
    properties: [
      texts('compatible', 'simple-bus'),
      cells('#address-cells', 2),
      cells('#size-cells', 2),
      flag('ranges'),
      cells(
        'dma-ranges',
        ...dma.flatMap(({ child, parent, size }) => [
          ...twoCells(child),
          ...twoCells(parent),
          ...twoCells(size),
        ]),
      ),
    ],
    children: [node],
  };
}

/** Names are unique among the children of a node. */
function unique(nodes: readonly NewNode[]): NewNode[] {
  const seen = new Set<string>();
  return nodes.filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** The device tree of the cell; `null` if the board's tree is of another machine. */
export function inmateTree(parts: TreeParts, findings: Findings): NewNode | null {
  const { system, board, cpus, console, devices, links, vpciBase, occupied } = parts;
  const { tree } = board;
  const boardGic = gicOf(tree);
  if (boardGic === null) {
    findings.ask(
      'foreign-board',
      [],
      'the board’s device tree has no GIC that is known here and switched on',
      'give the device tree that the root cell’s Linux runs with: /sys/firmware/fdt',
    );
    return null;
  }
  const gic = gicNode(system, boardGic, boardCpus(tree).length, findings);
  const timer = timerNode(board);
  if (timer === null) {
    findings.ask(
      'foreign-board',
      [],
      'the board’s device tree has no arm,armv8-timer or arm,armv7-timer',
      'give the device tree that the root cell’s Linux runs with: /sys/firmware/fdt',
    );
  }
  if (gic === null || timer === null) return null;
  const rates = [...new Set([...(console?.given?.rates ?? []), ...devices.flatMap((each) => each.rates)])];
  const uart: NewNode[] =
    console?.given == null
      ? []
      : [{ ...console.given.node, label: CONSOLE_LABEL, comment: `${console.tty}` }];
  const model = readText(propertyOf(tree.root, 'model'));
  const hosts =
    links.length === 0 || vpciBase === null
      ? []
      : [pciHost(system, links, vpciBase, [...occupied, ...gic.registers])];
  return {
    name: '',
    properties: [
      texts('model', `Jailhouse cell ${parts.name}${model === null ? '' : ` on ${model}`}`),
      ...rootCompatible(tree),
      cells('#address-cells', 2),
      cells('#size-cells', 2),
      cells('interrupt-parent', ref(GIC_LABEL)),
    ],
    children: unique([
      ...(console?.given == null
        ? []
        : [
            {
              name: 'aliases',
              properties: [texts(`serial${console.line}`, `/${console.given.node.name}`)],
              children: [],
            },
            {
              name: 'chosen',
              properties: [texts('stdout-path', `serial${console.line}:${console.options}`)],
              children: [],
            },
          ]),
      {
        name: 'hypervisor',
        comment: 'Linux then looks at each function of the virtual PCI bus',
        properties: [texts('compatible', 'jailhouse,cell')],
        children: [],
      },
      cpusNode(tree, cpus),
      PSCI,
      timer,
      gic.node,
      ...rates.toSorted((a, b) => a - b).map(clockNode),
      ...uart,
      ...devices.map(dmaBus),
      ...hosts,
    ]),
  };
}
