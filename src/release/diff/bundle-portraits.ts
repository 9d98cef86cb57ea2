import { describeRange } from '../../base/ranges.ts';
import { attempt, type Diagnostic } from '../../base/diagnostic.ts';
import { diagnosticFacts, waiverText } from '../../base/diagnostic-text.ts';
import { METADATA_NAME, SUMS_NAME } from '../../bundle/names.ts';
import type { BundleMetadata, MachineMetadata } from '../../bundle/read-metadata.ts';
import { parseCellConfig } from '../../formats/cell/config.ts';
import { parseSystemConfig } from '../../formats/cell/system.ts';
import { parseCmdline } from '../../formats/kernel/cmdline.ts';
import { E820_RAM } from '../../placement/x86/e820.ts';
import { DIFF_SECTIONS } from '../../reports/output-schema.ts';
import { cellItems, fieldItems, systemItems } from './cell-items.ts';
import type { ReadBundle } from './read-bundle.ts';
import type { Content, Item, Portrait, Section, Symbols } from './types.ts';

type Cell = BundleMetadata | MachineMetadata['cells'][number];
type Linux = Exclude<Cell, { kernel: null }>;
type Load = Cell['load'][number];
type Sections = [Exclude<Section, 'config'>, readonly Item[]][];

const wordItems = (cmdline: string): Item[] => {
  const { parameters, init } = parseCmdline(cmdline);
  const words = parameters.map(({ name, value }) => ({
    what: name,
    text: value === null ? name : `${name}=${value}`,
  }));
  return init === null ? words : [...words, { what: '--', text: `-- ${init}` }];
};

/** What an item of the load command is called: its role; images of cells without Linux have a number. */
function loadNames(load: readonly Load[]): string[] {
  let images = 0;
  return load.map((item) => {
    if ('string' in item) return 'string';
    return item.role === 'image' ? `image ${images++}` : item.role;
  });
}

function addressItems({ load, entry }: Cell): Item[] {
  const names = loadNames(load);
  return [
    ...load.map((item, index) => ({ what: names[index]!, text: item.address ?? 'left to the tool' })),
    ...fieldItems({ entry }),
  ];
}

const stringItems = ({ load }: Cell): Item[] =>
  load.flatMap((item) => ('string' in item ? [{ what: 'string', text: item.string }] : []));

/** Those of the params follow from the rest. */
function sizeItems({ load }: Cell): Item[] {
  const names = loadNames(load);
  return load.flatMap((item, index) =>
    'size' in item && item.size !== null && item.role !== 'params'
      ? [{ what: names[index]!, text: `${item.size} bytes` }]
      : [],
  );
}

const memoryItems = ({ e820, memory }: Linux): Item[] => [
  ...(e820 ?? []).map(({ address, size, type }) => ({
    what: type === E820_RAM ? 'RAM' : 'reserved',
    text: describeRange({ start: BigInt(address), size: BigInt(size) }),
  })),
  ...(memory ?? []).map(({ address, size }) => ({
    what: 'RAM',
    text: describeRange({ start: BigInt(address), size: BigInt(size) }),
  })),
];

type Finding = Pick<Cell['findings'][number], 'rule' | 'severity' | 'message' | 'waived'>;

const findingItems = (findings: readonly Finding[]): Item[] =>
  findings.map(({ rule, severity, message, waived }) => ({
    what: rule,
    text: `${severity}: ${message}${waived === null ? '' : ` (waived: ${waiverText(waived)})`}`,
  }));

/** What a config of the bundle says; nothing where that is not known. */
function configSection(
  { configs }: ReadBundle,
  file: string,
  section: 'cell' | 'system',
  items: (bytes: Uint8Array) => Item[],
): Sections {
  const bytes = configs.get(file);
  const found = bytes && attempt([], [], () => items(bytes));
  return found ? [[section, found]] : [];
}

/** Where a file is in the bundle, or on the target. */
function fileOf({ load }: Cell, role: string): string | null {
  const item = load.find((each) => 'role' in each && each.role === role);
  return item && 'file' in item ? item.file : null;
}

/** All else that a bundle holds is made from these. */
const ALL = DIFF_SECTIONS;

const TOLD_BY: Readonly<Record<string, readonly Section[]>> = {
  kernel: ['kernel', 'config'],
  // It has a copy of the kernel's header, too.
  params: ['kernel', 'config', 'cmdline', 'addresses', 'memory', 'sizes', 'cell', 'contents'],
};

class Contents {
  readonly #bundle: ReadBundle;
  readonly #used = new Set<string>([METADATA_NAME, SUMS_NAME]);

  constructor(bundle: ReadBundle) {
    this.#bundle = bundle;
  }

  #content(what: string, file: string | null, toldBy: readonly Section[]): Content[] {
    if (file === null) return [];
    this.#used.add(file);
    const digest = this.#bundle.files.get(file) ?? this.#bundle.onTarget.get(file);
    return digest ? [{ what, text: `sha256 ${digest.sha256}`, toldBy }] : [];
  }

  ofCell(cell: Cell): Content[] {
    const names = loadNames(cell.load);
    return [
      ...this.#content('cell config', cell.cell.file, ['cell']),
      ...cell.load.flatMap((item, index) =>
        'file' in item ? this.#content(names[index]!, item.file, TOLD_BY[item.role] ?? []) : [],
      ),
    ];
  }

  ofSystem(system: { file: string } | null): Content[] {
    return this.#content('system config', system && system.file, ['system']);
  }

  /** launch.sh and units. */
  rest(): Content[] {
    const { files } = this.#bundle;
    return [...files.keys()]
      .filter((file) => !this.#used.has(file))
      .flatMap((file) => this.#content(file, file, ALL));
  }
}

/** What only checks read, or what shows that something else changed. */
function inputContents(inputs: Cell['inputs']): Content[] | null {
  if (inputs === undefined) return null;
  return inputs.flatMap(({ key, sha256 }): Content[] => {
    const text = `sha256 ${sha256}`;
    if (key === 'manifest' || key === 'machine') return [{ what: key, text, toldBy: ALL }];
    if (key === 'kernel.config') return [{ what: key, text, toldBy: ['config'] }];
    return /^(?:board|root\.|checks\.|--)/.test(key) ? [{ what: key, text, toldBy: [] }] : [];
  });
}

function cellSections(bundle: ReadBundle, cell: Cell, version: string | null): Sections {
  const { kernel } = cell;
  const config = configSection(bundle, cell.cell.file, 'cell', (bytes) => cellItems(parseCellConfig(bytes)));
  const strings = stringItems(cell);
  const linux: Sections =
    kernel === null
      ? []
      : [
          [
            'kernel',
            fieldItems({
              version: version ?? kernel.version,
              format: kernel.format,
              protocol: kernel.protocol,
              profile: cell.profile,
            }),
          ],
          ['cmdline', wordItems(cell.cmdline)],
          ['memory', memoryItems(cell)],
        ];
  return [
    ...linux,
    ['addresses', [...addressItems(cell), ...(kernel === null ? strings : [])]],
    ['sizes', sizeItems(cell)],
    ...config,
    ['findings', findingItems(cell.findings)],
  ];
}

function cellPortrait(bundle: ReadBundle, cell: Cell, name: string | null, contents: Contents): Portrait {
  const file = fileOf(cell, 'kernel');
  const looked = file === null ? undefined : bundle.kernels.get(file);
  const unknown: Symbols = { unknown: 'the kernel is not in the bundle' };
  return {
    cell: name,
    sections: new Map(cellSections(bundle, cell, looked?.version ?? null)),
    symbols: cell.kernel === null ? null : (looked?.symbols ?? unknown),
    contents: contents.ofCell(cell),
    inputs: inputContents(cell.inputs),
  };
}

const systemSection = (bundle: ReadBundle, file: string): Sections =>
  configSection(bundle, file, 'system', (bytes) => systemItems(parseSystemConfig(bytes)));

/** What a bundle holds: as a whole, and of a machine each of its cells. */
export function bundlePortraits(bundle: ReadBundle): Portrait[] {
  const { name, metadata } = bundle;
  const contents = new Contents(bundle);
  const tool = `${metadata.tool.name} ${metadata.tool.version}`;
  const whole: Sections = [['bundle', fieldItems({ name, 'made by': tool })]];
  if (!('kind' in metadata)) {
    const cell = cellPortrait(bundle, metadata, null, contents);
    const { placement, system } = metadata;
    const set = (metadata.overrides ?? []).map(({ key, value }) => [`--set ${key}`, value] as const);
    const head: Sections = [
      ['bundle', fieldItems({ name, 'made by': tool, placement, ...Object.fromEntries(set) })],
    ];
    const of = system === null ? [] : systemSection(bundle, system.file);
    return [
      {
        ...cell,
        sections: new Map([...head, ...cell.sections, ...of]),
        contents: [...cell.contents, ...contents.ofSystem(system), ...contents.rest()],
      },
    ];
  }
  const cells = metadata.cells.map((cell) => cellPortrait(bundle, cell, cell.name, contents));
  const { system, findings, inputs } = metadata;
  return [
    {
      cell: null,
      sections: new Map([
        ...whole,
        ...systemSection(bundle, system.file),
        ['findings', findingItems(findings)] as const,
      ]),
      symbols: null,
      contents: [...contents.ofSystem(system), ...contents.rest()],
      inputs: inputContents(inputs),
    },
    ...cells,
  ];
}

/** What is known of a cell that cannot be laid out. */
export const findingsPortrait = (cell: string | null, findings: readonly Diagnostic[]): Portrait => ({
  cell,
  sections: new Map([['findings', findingItems(findings.map(diagnosticFacts))]]),
  symbols: null,
  contents: [],
  inputs: null,
});
