import { z } from 'zod';
import { once } from '../../base/once.ts';
import { numbersIn } from '../../base/runs.ts';
import {
  list,
  long,
  map,
  number,
  ranges,
  rate,
  text,
  twoLines,
  word,
} from '../../formats/cell/yaml/kinds.ts';
import { memory } from '../../formats/cell/yaml/schema.ts';
import { parseNumber, parsePciAddress, parseRanges, TextError } from '../../formats/cell/yaml/texts.ts';

// A cell that is wished for: what shall be in it, not where. Numbers reach the schema as the text that stands in the file.

/** The widest CPU set that is written. */
const MOST_CPUS = 64;
/** GIC interrupt numbers end at 1019; what a device raises is an SPI, which counts from 32. */
const SPI_LIMIT = 988;

/** CPUs by their number, or the very ones. */
export type WishedCpus = { count: number } | { set: number[] };

function parseCpus(text: string): WishedCpus {
  if (!/^\s*\w+\s*$/.test(text)) return { set: numbersIn(parseRanges(text, MOST_CPUS, 'CPU')) };
  const count = Number(parseNumber(text.trim(), 8));
  if (count > 0) return { count };
  throw new TextError('cannot be 0', 'a cell has at least one CPU; `[0]` would be CPU 0 itself');
}

const cpus = once(() =>
  z
    .union([z.string(), z.array(z.string())], {
      error: () => twoLines('must be a number of CPUs, or CPUs', 'write it as `cpus: 2`, or `cpus: 2-3`'),
    })
    .transform((written, context): WishedCpus => {
      try {
        if (typeof written === 'string') return parseCpus(written);
        const set = written.flatMap((part) => numbersIn(parseRanges(part, MOST_CPUS, 'CPU')));
        if (set.length > 0) return { set: [...new Set(set)].toSorted((a, b) => a - b) };
        throw new TextError('is an empty list', 'write how many CPUs the cell gets: `cpus: 2`');
      } catch (error) {
        if (!(error instanceof TextError)) throw error;
        context.addIssue({ code: 'custom', message: twoLines(error.message, error.fix) });
        return z.NEVER;
      }
    })
    .meta({
      description: 'How many CPUs the cell gets, or which: 2, 2-3, [3].',
      anyOf: [
        { type: ['integer', 'string'] },
        { type: 'array', items: { type: ['integer', 'string'] }, minItems: 1 },
      ],
    }),
);

const size = (description: string, sample: string) => long(description, sample);

const memoryMap = once(() =>
  map(
    {
      size: size('How much RAM.', '512M'),
      at: long('Where it begins in the machine; it is chosen if this is left out.', '0xc0000000'),
    },
    'RAM at a chosen place.',
  ),
);

export interface WishedMemory {
  size: bigint;
  /** `null`: to be chosen. */
  at: bigint | null;
}

/** A size alone, or a map with it. */
const wishedMemory = once(() =>
  z
    .unknown()
    .transform((value, context): WishedMemory => {
      const written = typeof value === 'object' && value !== null ? value : { size: value };
      const result = memoryMap().safeParse(written);
      if (!result.success) {
        for (const { path, message } of result.error.issues) {
          const at = typeof value === 'object' ? path : [];
          context.addIssue({ code: 'custom', path: at, message });
        }
        return z.NEVER;
      }
      const { size: bytes, at = null } = result.data;
      if (bytes !== undefined && bytes > 0n) return { size: bytes, at };
      const message = bytes === undefined ? 'has no `size`' : 'is 0';
      context.addIssue({ code: 'custom', message: twoLines(message, 'write it as `memory: 512M`') });
      return z.NEVER;
    })
    .meta({
      description: 'How much RAM, or `{ size, at }`. Sizes are rounded up to 2 MiB.',
      type: ['integer', 'string', 'object'],
    }),
);

const deviceMap = once(() =>
  map(
    {
      node: text('Path, alias or address of the node in the board’s device tree.', 'node: ethernet1'),
      clocks: z
        .record(z.string(), rate('A rate in Hz.', '66000000'), {
          error: () => twoLines('must be a map of rates', 'write it as `clocks: { ipg: 66000000 }`'),
        })
        .meta({
          description: 'Rates in Hz by the names in clock-names, or clk0, clk1 … where there are none.',
        }),
      interrupts: ranges('the SPI', SPI_LIMIT, 'Its SPIs, where the device tree does not lead to the GIC.'),
    },
    'A device with answers that the device tree does not give.',
  ),
);
type WrittenDevice = z.output<ReturnType<typeof deviceMap>>;

export interface WishedDevice {
  node: string;
  clocks: Readonly<Record<string, number>>;
  /** SPIs; `null`: as the device tree has it. */
  interrupts: number[] | null;
}

const device = once(() =>
  z
    .unknown()
    .transform((value, context): WishedDevice => {
      const result = deviceMap().safeParse(typeof value === 'string' ? { node: value } : value);
      if (!result.success) {
        for (const issue of result.error.issues) {
          context.addIssue({
            code: 'custom',
            path: issue.path,
            message: issue.message.split('\n', 2).join('\n'),
          });
        }
        return z.NEVER;
      }
      const { node, clocks = {}, interrupts }: WrittenDevice = result.data;
      if (node !== undefined && node !== '')
        return { node, clocks, interrupts: interrupts === undefined ? null : numbersIn(interrupts) };
      const fix = 'name it: `- ethernet1`, or `- { node: /soc/i2c@30a30000 }`';
      context.addIssue({ code: 'custom', message: twoLines('names no device', fix) });
      return z.NEVER;
    })
    .meta({
      description:
        'A device of the board: an alias, a path, an address, `{ node, clocks, interrupts }`; on x86 a PCI address.',
      type: ['string', 'integer', 'object'],
    }),
);

const LINK_KINDS = ['net', 'block', 'console', 'undefined', 'custom'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

const link = once(() =>
  map(
    {
      to: text('`root`, or the name of another cell of the machine.', 'to: root'),
      kind: word(
        'a kind of link',
        'kind: net',
        (written): LinkKind => {
          const kind = LINK_KINDS.find((each) => each === written);
          if (kind !== undefined) return kind;
          throw new TextError(`cannot be \`${written}\``, `write one of ${LINK_KINDS.join(', ')}`);
        },
        {
          type: 'string',
          enum: LINK_KINDS,
          description:
            'net: ivshmem-net; block, console: virtio over ivshmem; undefined: no protocol; custom: one of your own.',
        },
      ),
      size: size('All its memory, where a new link is made; 1 MiB without it.', '1M'),
      device: word('a PCI address', "'00:0e.0'", (written) => parsePciAddress(written), {
        type: 'string',
        description: 'Which ivshmem device of the root cell, where it has several that fit: 00:0e.0.',
      }),
    },
    'A link through shared memory.',
  ),
);

/** What stands under `generate`. */
const generateSchema = once(() =>
  map(
    {
      cpus: cpus(),
      memory: wishedMemory(),
      console: text(
        'Its UART: an alias (serial3), ttyN, a node’s path or an address; ttyS0 to ttyS3 on x86; none.',
        'console: serial3',
      ),
      'clock-rate': rate(
        'Rate of the console’s clock in Hz, where the device tree does not say it.',
        '24000000',
      ),
      devices: list(device(), 'Devices that the cell gets.', '[ethernet1]'),
      links: list(link(), 'Links to the root cell and to other cells.', '[{ to: root, kind: net }]'),
      'vpci-irq-base': number(
        'First of the four SPIs of the virtual PCI host; it is chosen otherwise.',
        16,
        '100',
      ),
      regions: list(
        memory(),
        'More memory regions, as in a description.',
        '[{ start: 0x30800000, size: 4K, flags: [read, io] }]',
      ),
      tree: text(
        'A compiled device tree overlay (dtc -@) that is merged into the cell’s tree.',
        'tree: fragment.dtbo',
      ),
    },
    'A cell that is made from the board: what it gets.',
  ),
);
export type WrittenGenerate = z.output<ReturnType<typeof generateSchema>>;
export type WrittenLink = z.output<ReturnType<typeof link>>;

/** What stands in place of a cell config. */
export const wishSchema = once(() =>
  map({ generate: generateSchema() }, 'A cell that is made from the board.'),
);
