/** A folder of src, or files beside the folders that belong together. */
export interface Unit {
  name: string;
  /** A folder ends in `/`; else files of src. */
  members: readonly string[];
  holds: string;
  /** Units that it may import values from. */
  imports: readonly string[];
  edge?: true;
}

/** Every file of src belongs to one unit; each imports from units above it. */
export const UNITS: readonly Unit[] = [
  {
    name: 'shared files',
    members: [
      'address.ts',
      'bytes.ts',
      'diagnostic.ts',
      'diagnostic-facts.ts',
      'diagnostic-text.ts',
      'magic.ts',
      'nearest.ts',
      'plural.ts',
      'printable.ts',
      'runs.ts',
      'shell.ts',
      'struct.ts',
      'uart-ports.ts',
      'version.ts',
    ],
    holds: 'addresses, diagnostics, packed structs, quoting, texts that are safe to print',
    imports: [],
  },
  {
    name: 'yaml/',
    members: ['yaml/'],
    holds: 'YAML text to plain data with the place of each key and value',
    imports: ['shared files'],
  },
  {
    name: 'cell/',
    members: ['cell/'],
    holds: 'cell and system configs of every revision: layouts as data, decode, encode',
    imports: ['shared files'],
  },
  {
    name: 'cell-yaml/',
    members: ['cell-yaml/'],
    holds: 'cell and system configs as YAML: compile, decompile, convert; the JSON Schema',
    imports: ['shared files', 'yaml/', 'cell/'],
  },
  {
    name: 'manifest/',
    members: ['manifest/'],
    holds: 'YAML text to a manifest, or every problem at its place; the JSON Schema',
    imports: ['shared files', 'yaml/', 'cell-yaml/'],
  },
  {
    name: 'compression/',
    members: ['compression/'],
    holds: 'telling and undoing what kernels and initrds are packed with, with bounds and checksums',
    imports: ['shared files'],
  },
  {
    name: 'kernel/',
    members: ['kernel/'],
    holds: 'what a kernel file says of itself; kernel configs and command lines',
    imports: ['shared files', 'compression/'],
  },
  {
    name: 'initrd/',
    members: ['initrd/'],
    holds: 'what is in an initrd: its archives, how they are packed, what they unpack to',
    imports: ['shared files', 'compression/'],
  },
  {
    name: 'dtb/',
    members: ['dtb/'],
    holds: 'device trees: parse, edit, encode, and what they say',
    imports: ['shared files'],
  },
  {
    name: 'plan/',
    members: ['plan/'],
    holds: 'what all architectures share: the plan’s types, regions, fits, proof, memory map, load commands',
    imports: ['shared files', 'cell/'],
  },
  {
    name: 'cell-check/',
    members: ['cell-check/'],
    holds: 'the rules for a machine and its cells',
    imports: ['shared files', 'cell/', 'plan/'],
  },
  {
    name: 'kernel-check/',
    members: ['kernel-check/'],
    holds: 'the rules for kernels: the table, what they are judged by, the project’s own',
    imports: ['shared files', 'yaml/', 'cell/', 'kernel/', 'plan/'],
  },
  {
    name: 'x86/',
    members: ['x86/'],
    holds: 'placement, proof and params image of x86',
    imports: ['shared files', 'cell/', 'kernel/', 'plan/'],
  },
  {
    name: 'arm/',
    members: ['arm/'],
    holds: 'placement, proof and device tree of arm and arm64',
    imports: ['shared files', 'cell/', 'dtb/', 'plan/'],
  },
  {
    name: 'launch/',
    members: ['launch/'],
    holds: 'launch.sh and the systemd unit',
    imports: ['shared files', 'plan/'],
  },
  {
    name: 'bundle/',
    members: ['bundle/', 'source-date-epoch.ts'],
    holds: 'what is in a bundle; packing, reading and verifying the tarball, as streams',
    imports: ['shared files', 'cell/', 'kernel/', 'plan/', 'launch/'],
  },
  {
    name: 'reports/',
    members: ['reports/'],
    holds: 'what a check found, for other programs: SARIF, JUnit, GitHub annotations, JSON',
    imports: ['shared files'],
  },
  {
    name: 'explain/',
    members: ['explain/'],
    holds: 'what lines of a hypervisor’s or kernel’s log mean',
    imports: ['shared files'],
  },
  {
    name: 'evaluate.ts',
    members: ['architectures.ts', 'evaluate-kernel.ts', 'evaluate.ts', 'waivers.ts', 'core.ts'],
    holds:
      'the whole evaluation of one cell, and its waivers; which architectures there are; the public core',
    imports: [
      'shared files',
      'manifest/',
      'cell/',
      'kernel/',
      'initrd/',
      'dtb/',
      'plan/',
      'kernel-check/',
      'cell-check/',
      'x86/',
      'arm/',
      'launch/',
      'bundle/',
      'cell-yaml/',
      'reports/',
      'explain/',
    ],
  },
  {
    name: 'inspect/',
    members: ['inspect/'],
    holds: 'what the files say, for people and for programs',
    imports: ['shared files', 'cell/', 'compression/', 'kernel/', 'dtb/', 'plan/', 'x86/', 'bundle/'],
  },
  {
    name: 'node/',
    members: ['node/'],
    holds: 'the file system: read once, write atomically; from a manifest’s path to a bundle’s stream',
    imports: [
      'shared files',
      'cell/',
      'cell-yaml/',
      'cell-check/',
      'manifest/',
      'kernel/',
      'initrd/',
      'kernel-check/',
      'bundle/',
      'evaluate.ts',
    ],
    edge: true,
  },
  {
    name: 'plugin.ts',
    members: ['index.ts', 'plugin.ts', 'plugin-report.ts', 'cell-module.ts'],
    holds: 'the Rollup plugin',
    imports: ['shared files', 'yaml/', 'bundle/', 'node/'],
    edge: true,
  },
  {
    name: 'cli/',
    members: ['cli.ts', 'cli/'],
    holds: 'the command line: one file a subcommand, loaded when it runs',
    imports: [
      'shared files',
      'yaml/',
      'cell/',
      'cell-yaml/',
      'cell-check/',
      'manifest/',
      'kernel/',
      'kernel-check/',
      'plan/',
      'bundle/',
      'evaluate.ts',
      'reports/',
      'explain/',
      'inspect/',
      'node/',
    ],
    edge: true,
  },
];

export const unitOf = (file: string): Unit | undefined =>
  UNITS.find(({ members }) =>
    members.some((member) => (member.endsWith('/') ? file.startsWith(member) : file === member)),
  );
