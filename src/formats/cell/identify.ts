import { either } from '../../base/text.ts';
import { InputError } from '../../base/diagnostic.ts';
import type { Architecture } from '../../base/choices.ts';
import { LAYOUTS, SIX } from './layouts.ts';
import { isRevision, knownRevisions, type Revision } from './releases.ts';

export type ConfigKind = 'cell' | 'system';

export const KIND_NAMES: Readonly<Record<ConfigKind, string>> = {
  cell: 'cell config',
  system: 'system config',
};

/** Numbers of the architecture byte, from revision 14 on. */
const BY_NUMBER: readonly Architecture[] = ['x86', 'arm', 'arm64'];

const TEXTS = { description: 'its description in YAML', 'C source': 'C source' } as const;

const SIGNATURE_SIZE = 8;
const REVISION_OFFSET = 6;
const ARCHITECTURE_OFFSET = 5;

/** The start of a `.note.gnu.property` section: n_namesz 4, n_descsz 0x10, type 5, "GNU". */
const GNU_PROPERTY_NOTE = [4, 0, 0, 0, 0x10, 0, 0, 0, 5, 0, 0, 0, 0x47, 0x4e, 0x55, 0];

export const archNumber = (architecture: Architecture): number => BY_NUMBER.indexOf(architecture);

export const startsWith = (file: Uint8Array, text: string): boolean =>
  [...text].every((character, index) => file[index] === character.charCodeAt(0));

/** Of all revisions, and of ArceOS's fork. */
const SIGNATURES: Readonly<Record<ConfigKind, readonly string[]>> = {
  cell: ['JHCELL', 'JHCLL', 'AOSCEL'],
  system: ['JHSYS', 'ACESYS'],
};

/** Whether the file carries one of the signatures of Jailhouse configs; `null` if none. */
export function configKind(file: Uint8Array): ConfigKind | null {
  const isOf = (kind: ConfigKind): boolean => SIGNATURES[kind].some((each) => startsWith(file, each));
  return isOf('cell') ? 'cell' : isOf('system') ? 'system' : null;
}

export const hasGnuPropertyNote = (file: Uint8Array): boolean =>
  GNU_PROPERTY_NOTE.every((byte, index) => file[index] === byte);

/** What a text is that is given in place of a compiled config; `null` if that cannot be told. */
export function textKind(file: Uint8Array): 'description' | 'C source' | null {
  const text = Buffer.from(file.subarray(0, 1 << 16)).toString('latin1');
  if (/^format:[ \t]*(?:cell|system)\b/m.test(text)) return 'description';
  return /^\s*(?:\/[*/]|#include\s*[<"])/.test(text) ? 'C source' : null;
}

export const BUILD_C_SOURCE =
  'build it in the tree of Jailhouse, which makes a *.cell file of each configs/ARCH/*.c, and give that file';

export const wrongKind = (actual: ConfigKind, wanted: ConfigKind): InputError =>
  new InputError('cell/wrong-kind', `this is a ${KIND_NAMES[actual]}, not a ${KIND_NAMES[wanted]}`, {
    fix:
      wanted === 'cell'
        ? 'the root cell belongs under `system:`; `cell:` needs the config of the inmate'
        : 'the config of an inmate belongs under `cell:`; `system:` needs the root cell’s system config',
  });

function wrongSignature(file: Uint8Array, wanted: ConfigKind): InputError {
  const name = KIND_NAMES[wanted];
  if (hasGnuPropertyNote(file)) {
    return new InputError(
      'cell/gnu-property-note',
      `this is not a ${name}: the file starts with a .note.gnu.property section that objcopy left before it`,
      {
        fix: 'build it with `objcopy -O binary --remove-section=.note.gnu.property`, or compile with `-fcf-protection=none -Wa,-mx86-used-note=no`',
      },
    );
  }
  const actual = configKind(file);
  if (actual !== null && actual !== wanted) return wrongKind(actual, wanted);
  if (file.length === 0) {
    return new InputError('cell/signature', `this is not a ${name}: the file is empty`, {
      fix: 'build it again; an interrupted build can leave an empty file',
    });
  }
  const text = textKind(file);
  if (text !== null) {
    return new InputError('cell/signature', `this is not a compiled ${name}, but ${TEXTS[text]}`, {
      fix:
        text === 'description'
          ? 'compile it first: `jailhouse-bundle cell compile FILE -o FILE.cell`'
          : BUILD_C_SOURCE,
    });
  }
  const elf = startsWith(file, '\x7fELF');
  const found = [...file.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return new InputError(
    'cell/signature',
    `this is not a ${name}: it starts with ${found}, not with a Jailhouse signature`,
    {
      fix: elf
        ? 'this is the object file; turn it into a config with `objcopy -O binary`'
        : `give the compiled ${wanted === 'cell' ? '*.cell file of the inmate' : '*.cell file of the root cell'}`,
    },
  );
}

export interface Identity {
  revision: Revision;
  /** Whether the signature is the one that the releases of this revision have. */
  isStandard: boolean;
  /** As the file's architecture byte says; `null` where the revision has none. */
  architecture: Architecture | null;
}

/**
 * Reads signature, revision and architecture, which stand at the same place in every config.
 *
 * @throws InputError `cell/signature`, `cell/gnu-property-note`, `cell/wrong-kind`, `cell/truncated`,
 *   `cell/revision`, `cell/architecture`
 */
export function identifyConfig(file: Uint8Array, wanted: ConfigKind): Identity {
  if (configKind(file) !== wanted) throw wrongSignature(file, wanted);
  if (file.length < SIGNATURE_SIZE) throw cutShort(wanted, SIGNATURE_SIZE, file.length, 'the signature');
  const revision = file[REVISION_OFFSET]! | (file[REVISION_OFFSET + 1]! << 8);
  if (!isRevision(revision)) {
    throw new InputError('cell/revision', `the ${KIND_NAMES[wanted]} has revision ${revision}`, {
      requested: knownRevisions(),
      actual: `revision ${revision}`,
      fix: `${knownRevisions()}; build the config with the headers of one of those`,
    });
  }
  const { signatures, namesArchitecture } = LAYOUTS[revision];
  // The six bytes of revision 13 begin with the five of revision 14.
  const isOlder = namesArchitecture && startsWith(file, SIX[wanted]);
  const isStandard = startsWith(file, signatures[wanted]) && !isOlder;
  return {
    revision,
    isStandard,
    architecture: isStandard && namesArchitecture ? namedArchitecture(file) : null,
  };
}

/** A config whose signature and revision are not of one release. */
export const mixedSignature = (revision: Revision, wanted: ConfigKind): InputError =>
  new InputError(
    'cell/signature',
    `the signature does not belong to revision ${revision}, which has ${LAYOUTS[revision].signatures[wanted]}`,
    { fix: 'the file is damaged, or its revision was edited by hand; build it again' },
  );

function namedArchitecture(file: Uint8Array): Architecture {
  const number = file[ARCHITECTURE_OFFSET]!;
  const architecture = BY_NUMBER[number];
  if (architecture === undefined) {
    throw new InputError('cell/architecture', `the config names architecture ${number}`, {
      requested: either(BY_NUMBER.map((name, number) => `${number} (${name})`)),
      actual: String(number),
      fix: 'the file is damaged; build it again',
    });
  }
  return architecture;
}

export const cutShort = (kind: ConfigKind, need: number, size: number, what: string): InputError =>
  new InputError(
    'cell/truncated',
    `the ${KIND_NAMES[kind]} is cut short: ${what} ends at byte ${need}, the file has ${size} bytes`,
    { fix: 'build it again, or copy it again; a count in its header may be wrong' },
  );
