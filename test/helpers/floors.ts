/** A folder of src. */
interface Floor {
  name: string;
  holds: string;
  /** It reaches the file system, the environment or a console. */
  edge?: true;
}

/** From the ground up: a file imports, values and types, from its own floor and from those below it. */
export const FLOORS: readonly Floor[] = [
  {
    name: 'base',
    holds: 'addresses, ranges, diagnostics and their codes, packed structs, texts that are safe to print',
  },
  { name: 'formats', holds: 'what files say, without an opinion: parse and encode' },
  { name: 'manifest', holds: '`*.cell.yaml`: the text to a manifest, or every problem at its place' },
  {
    name: 'placement',
    holds: 'where everything goes in a cell’s memory, and the params image; a folder an architecture',
  },
  { name: 'checks', holds: 'the rules for kernels and for cells, and their waivers' },
  { name: 'evaluate', holds: 'the pipeline: a cell, its kernel and the layout of both' },
  { name: 'explain', holds: 'what lines of a hypervisor’s or kernel’s log mean' },
  {
    name: 'bundle',
    holds: 'what is in a bundle; packing, reading and verifying the tarball; `launch/`: launch.sh, the unit',
  },
  { name: 'inspect', holds: 'what the files say, for people and for programs' },
  {
    name: 'reports',
    holds:
      'what a check found, for other programs: SARIF, JUnit, GitHub annotations, JSON; and for people: `html/`',
  },
  { name: 'machine', holds: 'from a board to its cells' },
  { name: 'release', holds: 'what a bundle says to others: signatures, SBOM, provenance' },
  {
    name: 'boot',
    holds: 'a bundle started in QEMU: what it gets, and what it says; `qemu.ts` alone reaches outside',
  },
  {
    name: 'inputs',
    holds: 'the file system: read once, write atomically; from a path to a bundle’s stream',
    edge: true,
  },
  { name: 'plugin', holds: 'the Rollup plugin', edge: true },
  { name: 'cli', holds: 'the command line: a file a command, loaded when it runs', edge: true },
];

/** The exports and the program of package.json. */
export const DOORS: Readonly<Record<string, 'core' | 'edge'>> = {
  'core.ts': 'core',
  'index.ts': 'edge',
  'cli.ts': 'edge',
};

/** Files of pure floors that reach outside nevertheless; nothing but an edge imports them. */
export const EDGE_FILES: ReadonlySet<string> = new Set(['boot/qemu.ts']);
