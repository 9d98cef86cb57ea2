import { hex } from '../base/address.ts';
import { nearest } from '../base/text.ts';
import { namesOf } from '../formats/cell/variants.ts';
import { UART_PORTS, UART_PORT_COUNT } from '../formats/cell/resources.ts';
import type { Console, PioRegion } from '../formats/cell/records.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { registersOf } from '../formats/dtb/addresses.ts';
import { propertyOf } from '../formats/dtb/edit.ts';
import { readCell } from '../formats/dtb/values.ts';
import { stdoutOf, uartAt, type Uart } from '../formats/dtb/uarts.ts';
import { pathOf } from '../formats/dtb/walk.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import { giveDevice, type Board, type GivenDevice } from './device.ts';
import { deviceNames, findDevice, serialNumber } from './find-device.ts';
import type { Findings } from './findings.ts';
import type { MachineState } from './request.ts';
import { ownedPins } from './vpci.ts';

/** The cell's UART. */
export interface GivenConsole {
  /** For bare-metal inmates, and what the loader prints; `null` where Jailhouse has no driver. */
  config: Console | null;
  /** `ttyAMA0` */
  tty: string;
  /** `115200n8` */
  options: string;
  /** On arm. */
  given: GivenDevice | null;
  /** N of serialN. */
  line: number;
  /** On x86. */
  ports: PioRegion[];
  /** Numbers at the interrupt controller. */
  pins: number[];
}

/** Jailhouse's drivers by the compatible strings of Linux' ones; the first that fits counts. */
const DRIVERS: readonly (readonly [RegExp, string])[] = [
  [/^arm,pl011$/, 'pl011'],
  [/^(?:cdns,uart|xlnx,(?:xuartps|zynqmp-uart))/, 'xuartps'],
  [/^marvell,armada-3700-uart/, 'mvebu'],
  [/^fsl,imx(?:7ulp|8qxp|8ulp)-lpuart$/, 'imx_lpuart'],
  [/^fsl,imx.*-uart$/, 'imx'],
  [/^renesas,hscif/, 'hscif'],
  [/^renesas,scif[ab]/, 'scifa'],
  [/^renesas,scif/, 'scif'],
  [
    /^(?:ns16550|ns16450|ns8250|snps,dw-apb-uart|ti,.*uart|nvidia,tegra.*-uart|brcm,bcm2835-aux-uart)/,
    '8250',
  ],
];

/** 8250s whose registers are 4 bytes apart although their nodes do not say so. */
const WIDE_8250 = /^(?:ti,|nvidia,|brcm,)/;

const NOWHERE: Omit<Console, 'type' | 'flags'> = {
  address: 0n,
  size: 0,
  divider: 0,
  gate_nr: 0,
  clock_reg: 0n,
};

function consoleConfig({ device, compatible }: Uart, system: SystemConfig): Console | null {
  const { types, flags } = namesOf(system).console;
  const driver = DRIVERS.find(([pattern]) => pattern.test(compatible))?.[1];
  const type = driver === undefined ? undefined : types[driver];
  const address = registersOf(device)[0]?.start;
  if (type === undefined || address === undefined) return null;
  const shift = readCell(propertyOf(device.node, 'reg-shift')) ?? 0;
  const isDense = driver === '8250' && shift === 0 && !WIDE_8250.test(compatible);
  const wide = isDense ? 0n : flags.regdist_4!;
  return { ...NOWHERE, address, type, flags: Number(flags.mmio! | wide) };
}

/** Where an alias has no number. */
const FIRST_LINE = 0;
const USUAL_OPTIONS = '115200n8';

/** A board's UART; `null` if something about it must be asked. */
export function boardConsole(
  wish: Wish,
  board: Board,
  machine: MachineState,
  findings: Findings,
): GivenConsole | null {
  const at = ['console'];
  const name = wish.console!;
  const device = findDevice(board.tree, name);
  if (device === null) {
    const names = deviceNames(board.tree).filter((each) => each.startsWith('serial'));
    const meant = nearest(name, names);
    const fix =
      meant === undefined
        ? `its UARTs are ${names.join(', ') || 'without an alias: write the address'}`
        : `did you mean \`${meant}\`?`;
    findings.ask('device', at, `the board's device tree has no ${name}`, fix);
    return null;
  }
  const uart = uartAt(device);
  if (uart === null) {
    findings.ask(
      'console',
      at,
      `${pathOf(device)} is not a UART that is known here`,
      'choose another, or write `console: none`',
    );
    return null;
  }
  const given = giveDevice(
    board,
    machine,
    device,
    {
      rates: {},
      rate: wish.clockRate,
      rateAt: at,
      interrupts: null,
      at,
      canPoll: uart.kind.tty === 'ttyS',
      isConsole: true,
    },
    findings,
  );
  const line = serialNumber(board.tree, device) ?? FIRST_LINE;
  const stdout = stdoutOf(board.tree);
  const options = stdout?.text.split(':')[1] ?? USUAL_OPTIONS;
  if (given === null) return null;
  const config = consoleConfig(uart, machine.system);
  const tty = `${uart.kind.tty}${line}`;
  findings.choose(
    'console',
    `${tty} (${pathOf(device)} at ${hex(registersOf(device)[0]!.start)})`,
    'as the wish has it',
  );
  return { config, tty, options, given, line, ports: [], pins: given.pins };
}

/** Interrupts of a PC's UARTs, in the order of {@link UART_PORTS}. */
const UART_PINS: readonly number[] = [4, 3, 4, 3];

/** A PC's UART. */
export function pcConsole(wish: Wish, { cells }: MachineState, findings: Findings): GivenConsole | null {
  const line = /^ttyS([0-3])$/.exec(wish.console!)?.[1];
  if (line === undefined) {
    findings.ask('console', ['console'], `a PC has no UART ${wish.console}`, 'write ttyS0 to ttyS3, or none');
    return null;
  }
  const index = Number(line);
  const base = UART_PORTS[index]!;
  const pin = UART_PINS[index]!;
  if (cells.some((cell) => ownedPins(cell).has(pin))) {
    const fix = 'choose another, or write `console: none` for one of the cells';
    findings.ask('device', ['console'], `another cell has interrupt ${pin} of ttyS${index}`, fix);
    return null;
  }
  findings.choose('console', `ttyS${index}`, `the PC's UART at ${hex(base)}, interrupt ${pin}`);
  return {
    config: null,
    tty: `ttyS${index}`,
    options: USUAL_OPTIONS,
    given: null,
    line: index,
    ports: [{ base, length: UART_PORT_COUNT }],
    pins: [pin],
  };
}
