/** What rules find, by area: opinions, which a waiver may accept. A test holds them equal to the tables of rules. */
// prettier-ignore
const WAIVABLE = {
  kernel: [
    'config-not-own', 'config-missing', 'config-differs', 'config-version', 'config-defconfig',
    'jailhouse-guest', 'hypervisor-guest', 'paravirt', 'pci', 'serio', 'pm-trace-rtc', '64bit',
    'runtime-uarts', 'console-ports', 'console-irq', 'early-console', 'console-write-only', 'hypervisor-console',
    'virtio-console', 'console-name', 'no-console', 'no-root', 'root-device',
    'x2apic', 'smp', 'nr-cpus', 'pci-mmconfig', 'pci-msi', 'physical-start', 'randomize-base', 'isa-dma-api', 'x86-mce',
    'super-io', 'mtrr', 'x86-pat', 'cmdline-override',
    'serial-8250', 'jailhouse-dbgcon', 'ivshmem-net', 'uio-ivshmem', 'virtio-ivshmem', 'user-space',
    'initrd-support', 'initrd-compression', 'initrd-memory', 'initrd-init',
    'arm64', 'device-tree', 'psci', 'cmdline-force', 'drivers', 'auto-zreladdr',
    'unneeded', 'config-embedded',
  ],
  cmdline: [
    'length', 'init-words', 'baud', 'duplicate-console', 'acpi-force', 'apic-off', 'pci-off', 'near-miss',
    'tool-option', 'quotes', 'non-ascii',
  ],
  initrd: [
    'format', 'damaged', 'alignment', 'behind-lz4', 'xz-check', 'no-cpio', 'no-trailer', 'junk', 'too-large',
    'init-executable', 'init-architecture', 'init-interpreter',
  ],
  loader: ['format'],
  cell: [
    'trailing-bytes', 'implausible', 'interim-layout', 'reference', 'same-name', 'cpu-0', 'cpus-outside-root', 'cpus-all', 'cpu-shared',
    'memory-overlap', 'memory-alias', 'hypervisor-memory', 'intercepted', 'memory-outside-root', 'memory-shared',
    'irqchip-unknown', 'irq-shared', 'vpci-pin', 'pci-shared', 'port-shared',
    'shmem-dev-id', 'shmem-sections', 'shmem-memory', 'shmem-rootshared', 'shmem-same-dev-id', 'shmem-peers',
    'shmem-protocol', 'shmem-crowd', 'shmem-alone',
    'huge-pages', 'page-pool',
    'passive-commreg', 'alignment', 'pci-physical', 'pci-unknown', 'pci-interrupts', 'pci-fields', 'pci-bars',
    'iommu-unit', 'shared-controller',
  ],
  dtb: [
    'memory-nodes', 'stale-initrd', 'stale-cmdline', 'cpus', 'psci', 'timer', 'console', 'registers', 'gic',
    'interrupts', 'vpci',
  ],
  system: ['no-ram', 'hypervisor-memory'],
  root: ['reserved', 'uart', 'ram-absent', 'kernel'],
} as const;

/** What is wrong with the text of any YAML file. */
const YAML = ['yaml', 'encoding', 'too-large', 'too-deep', 'alias', 'merge-key', 'duplicate-key'] as const;

/** All else, by area: bad input, layouts that do not boot, wrong use. No waiver accepts it. */
// prettier-ignore
const FINAL = {
  kernel: [
    'format', 'not-bzimage', 'not-loadable', 'wrapped', 'zboot', 'damaged', 'truncated', '32-bit', 'protocol',
    'newer-protocol', 'payload', 'ikconfig', 'appended-dtb',
    'config-format', 'config-duplicate', 'config-value', 'config-architecture', 'not-judged', 'profile',
  ],
  cell: [
    'signature', 'gnu-property-note', 'wrong-kind', 'revision', 'layout', 'architecture', 'truncated', 'name', 'value',
    'variants',
  ],
  system: ['revision', 'layout', 'architecture'],
  dtb: ['missing', 'magic', 'version', 'truncated', 'damaged', 'too-large', 'unused', 'architecture', 'cells'],
  placement: [
    'not-judged', 'release', 'not-loadable', 'no-ram', 'ram-without-dma', 'overlap', 'regions-overlap', 'region-size',
    'initrd', 'no-space', 'kernel', 'dtb-size', 'ram-start', 'reach', 'pref-address', 'init-size', 'loader',
    'loader-size', 'params', 'cmdline', 'comm-region', 'low-ram', 'e820', 'reset-address',
    'address-bits',
  ],
  manifest: [
    ...YAML, 'empty', 'cell-description', 'unknown-key', 'missing', 'type', 'value', 'conflict', 'name', 'defaults', 'more',
  ],
  description: [
    ...YAML, 'empty', 'wrong-kind', 'unknown-key', 'missing', 'type', 'value', 'conflict', 'duplicate', 'reference',
    'not-in-release', 'more',
  ],
  rules: [...YAML, 'unknown-key', 'missing', 'type', 'value', 'built-in', 'duplicate', 'range'],
  root: ['iomem-format', 'iomem-zeros'],
  waiver: ['expired', 'not-waivable', 'unknown-rule', 'unused'],
  convert: ['assumed', 'lost', 'moved', 'number', 'meaning'],
  params: ['not-params', 'truncated', 'setup-data', 'cmdline', 'size', 'e820', 'address'],
  input: ['nothing-found', 'unreadable', 'not-a-file', 'empty', 'too-large', 'changed', 'not-a-program'],
  output: ['unwritable', 'not-a-file', 'not-a-layout'],
  machine: [
    'revision', 'name', 'cpus', 'memory', 'memory-doubtful', 'root-memory', 'root-unknown', 'planned-together', 'board', 'foreign-board',
    'gic-address',
    'device', 'console', 'clock-rate', 'interrupt-router', 'interrupt-shared', 'shared-page', 'root-region',
    'root-interrupt', 'dropped', 'pci', 'link', 'vpci-irq-base', 'pci-device', 'no-msi', 'fragment', 'edited', 'stale',
    'conflict', 'order', 'image', 'image-overlap', 'entry', 'compress',
  ],
  bundle: [
    'name', 'size', 'size-changed', 'mtime', 'content', 'lists', 'missing', 'surplus', 'size-differs', 'metadata',
    'sums', 'header', 'order', 'mode', 'time', 'path', 'padding', 'end', 'gzip', 'truncated', 'foreign', 'no-bundle',
    'empty',
  ],
  key: ['format', 'kind', 'password', 'no-password', 'damaged', 'memory', 'exists'],
  signature: ['format', 'missing', 'other-key', 'content', 'comment', 'stale'],
  build: ['same-name', 'overwrites-input', 'depfile-name', 'source-date-epoch'],
  plugin: ['profile', 'no-assets', 'too-large', 'stale-signature'],
  'cell-linux': ['unbootable'],
  init: ['exists'],
  explain: ['binary'],
  inspect: ['description', 'unknown'],
  boot: [
    'died', 'refused', 'undecided', 'no-qemu', 'old-qemu', 'qemu', 'monitor', 'architecture', 'release',
    'missing-file', 'other-file', 'too-large', 'metadata', 'unsupported',
  ],
  cmdline: ['character'],
  value: ['size'],
} as const;

type Areas = Readonly<Record<string, readonly string[]>>;
type CodesOf<In extends Areas> = {
  [Area in keyof In & string]: `${Area}/${In[Area][number]}`;
}[keyof In & string];

/** A rule of the project: `project/preempt-rt` of a rules file, `project/CONFIG_…` of a manifest's `checks.require`. */
export type ProjectCode = `project/${string}`;
/** What a waiver may name. */
export type WaivableCode = CodesOf<typeof WAIVABLE> | ProjectCode;
/** The stable id of everything that can be found, `area/what`. */
export type FindingCode = WaivableCode | CodesOf<typeof FINAL>;
/** The first part of a code. */
export type CodeArea = FindingCode extends `${infer Area}/${string}` ? Area : never;
/** The second part of an area's codes. */
export type CodeIn<Area extends string> = FindingCode extends infer Code
  ? Code extends `${Area}/${infer What}`
    ? What
    : never
  : never;
/** The second part of what is wrong with the text of any YAML file. */
export type YamlFault = (typeof YAML)[number];

const listed = <In extends Areas>(areas: In): CodesOf<In>[] =>
  Object.entries(areas).flatMap(([area, names]) => names.map((name) => `${area}/${name}` as CodesOf<In>));

/** Every {@link WaivableCode} but those of projects. */
export const WAIVABLE_CODES: readonly WaivableCode[] = listed(WAIVABLE);
/** Every {@link FindingCode} but those of projects. */
export const FINDING_CODES: readonly FindingCode[] = [...WAIVABLE_CODES, ...listed(FINAL)];
