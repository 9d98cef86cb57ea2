import type { CpioEntry } from './cpio.ts';

/** A package that is installed in an initrd, as its database lists it. */
interface InitrdPackage {
  name: string;
  version: string;
  architecture: string | null;
}

/** What an initrd says of the packages in it. */
export interface InitrdPackages {
  manager: 'dpkg' | 'opkg';
  /** ID and VERSION_ID of its os-release. */
  distribution: { id: string; version: string | null } | null;
  /** By name. */
  packages: readonly InitrdPackage[];
  /** Entries of the database that do not read as a package, or that are too many. */
  skipped: number;
}

/** Where the package managers keep what is installed: a file, or a folder of files with a package each (`/` at the end). */
const DATABASES = [
  ['dpkg', 'var/lib/dpkg/status'],
  ['dpkg', 'var/lib/dpkg/status.d/'],
  ['opkg', 'var/lib/opkg/status'],
  ['opkg', 'usr/lib/opkg/status'],
] as const;
const OS_RELEASE = ['etc/os-release', 'usr/lib/os-release'];

/** The database of a Debian desktop has 5 MiB. */
const CONTENT_LIMIT = 16 << 20;
const FILES_LIMIT = 10_000;
const PACKAGES_LIMIT = 20_000;

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+:~^_-]{0,127}$/;
const ARCHITECTURE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DISTRIBUTION = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const keyOf = (name: string): string =>
  name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

const isWanted = (key: string): boolean =>
  OS_RELEASE.includes(key) ||
  DATABASES.some(([, path]) => (path.endsWith('/') ? key.startsWith(path) : key === path));

/** Keeps the files of an initrd that say what is installed in it. */
export class PackageFiles {
  readonly #files = new Map<string, string>();
  #room = CONTENT_LIMIT;

  /** Whether the content of such a file is needed. */
  wants(name: string, mode: number): boolean {
    return (mode & FILE_TYPE) === REGULAR && isWanted(keyOf(name));
  }

  /** Takes an entry as the kernel does: it replaces what is there. */
  add({ name, mode, data }: Pick<CpioEntry, 'name' | 'mode' | 'data'>): void {
    const key = keyOf(name);
    if (!this.wants(name, mode)) return;
    this.#room += this.#files.get(key)?.length ?? 0;
    this.#files.delete(key);
    if (data.length > this.#room || this.#files.size >= FILES_LIMIT) return;
    this.#room -= data.length;
    this.#files.set(key, Buffer.from(data).toString('latin1'));
  }

  /** `null`: there is no database that can be read. */
  read(): InitrdPackages | null {
    for (const [manager, path] of DATABASES) {
      const texts = [...this.#files].filter(([key]) =>
        path.endsWith('/') ? key.startsWith(path) : key === path,
      );
      const { packages, skipped } = readStatus(texts.map(([, text]) => text).join('\n\n'));
      if (packages.length > 0) return { manager, distribution: this.#distribution(), packages, skipped };
    }
    return null;
  }

  #distribution(): InitrdPackages['distribution'] {
    const text = OS_RELEASE.map((path) => this.#files.get(path)).find((each) => each !== undefined) ?? '';
    const valueOf = (key: string): string | null => {
      const value = new RegExp(`^${key}=(?:"([^"\n]*)"|'([^'\n]*)'|(.*))$`, 'm')
        .exec(text)
        ?.slice(1)
        .join('');
      return value !== undefined && DISTRIBUTION.test(value) ? value : null;
    };
    const id = valueOf('ID');
    return id === null ? null : { id, version: valueOf('VERSION_ID') };
  }
}

/** What a paragraph of a control file says, by the names of its fields. Lines that go on are left out. */
function fieldsOf(paragraph: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !/^\s/.test(line))
      fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

/** The packages of a status file (deb-control(5); opkg writes the same) that are installed. */
function readStatus(text: string): Pick<InitrdPackages, 'packages' | 'skipped'> {
  const packages = new Map<string, InitrdPackage>();
  let skipped = 0;
  for (const paragraph of text.split(/\n[ \t\r]*\n/)) {
    if (paragraph.trim() === '') continue;
    const fields = fieldsOf(paragraph);
    // Files of a folder have no status: they are there because the package is.
    const [, , state] = (fields.get('status') ?? 'install ok installed').split(/\s+/);
    if (state !== 'installed') continue;
    const name = fields.get('package') ?? '';
    const version = fields.get('version') ?? '';
    const architecture = fields.get('architecture') ?? null;
    const fits =
      NAME.test(name) && VERSION.test(version) && (architecture === null || ARCHITECTURE.test(architecture));
    if (fits && packages.size < PACKAGES_LIMIT)
      packages.set([name, version, architecture].join(' '), { name, version, architecture });
    else skipped++;
  }
  const sorted = [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { packages: sorted.map(([, each]) => each), skipped };
}
