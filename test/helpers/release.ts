import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { BundleMetadata } from '../../src/bundle/read-metadata.ts';
import type { ReleasedBundle } from '../../src/release/subject.ts';
import { sha256, utf8 } from './bytes.ts';

const FOLDER = new URL('../fixtures/release/', import.meta.url);
const schema = (name: string): object => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as object;

type Validate = (document: unknown) => void;

/** Compiled when it is first used: that of CycloneDX takes a second. */
function validator(compile: () => ReturnType<Ajv.Ajv['compile']>): Validate {
  let compiled: ReturnType<Ajv.Ajv['compile']> | undefined;
  return (document) => {
    compiled ??= compile();
    expect(compiled(document) ? null : compiled.errors).toBeNull();
  };
}

const SNAPSHOT = 'SNAPSHOT.schema.json';

/** Holds a document against the schema of CycloneDX 1.6. */
export const expectCycloneDx = validator(() => {
  // Formats of draft 2019, which this validator does not know: those of mail addresses and of IRIs.
  const ajv = new Ajv({ unknownFormats: ['idn-email', 'iri-reference'], logger: false });
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    // The main schema refers to them by these names; their own ids are others.
    ajv.addSchema(schema(`cyclonedx/${name}.${SNAPSHOT}`), `http://cyclonedx.org/schema/${name}.${SNAPSHOT}`);
  }
  return ajv.compile(schema(`cyclonedx/bom-1.6.${SNAPSHOT}`));
});

export const expectSpdx = validator(() => new Ajv().compile(schema('spdx-2.3.schema.json')));

export const expectProvenance = validator(() =>
  new Ajv().compile(schema('in-toto-provenance-v1.schema.json')),
);

const digestOf = (text: string) => ({ size: text.length, sha256: sha256(utf8(text)) });

const INPUT_KEYS = [
  ['manifest', 'demo.cell.yaml'],
  ['cell', 'cells/demo.cell'],
  ['kernel.image', 'bzImage'],
  ['kernel.config', '../.config'],
  ['initrd.0', 'microcode.cpio'],
  ['initrd.1', 'rootfs.cpio.gz'],
] as const;

export const INPUTS = INPUT_KEYS.map(([key, file]) => ({ key, file, ...digestOf(file) }));

export const METADATA: BundleMetadata = {
  tool: { name: 'rollup-plugin-jailhouse', version: '0.0.9' },
  cell: { file: 'cell.cell', name: 'demo', architecture: 'x86', revision: 14, release: 'git' },
  system: { file: 'system.cell' },
  kernel: { format: 'bzImage', version: '6.1.192 (user@host) #1 SMP', protocol: '2.15', config: 'file' },
  profile: 'strict',
  cmdline: 'console=ttyS0',
  placement: 'exact',
  load: [
    { role: 'loader', file: null, address: '0x0', size: null },
    { role: 'kernel', file: 'kernel', address: '0xffc800', size: 12 },
    { role: 'initrd', file: '/boot/initrd.img', address: '0x2000000', size: 600 },
    { role: 'params', file: 'params', address: '0x1000', size: 700 },
  ],
  entry: '0x1000200',
  commands: [],
  inputs: INPUTS,
  findings: [],
  waivers: [],
};

/** A bundle with a kernel in it, an initrd on the target, and the loader wherever it is installed. */
export const releasedBundle = (change: Partial<ReleasedBundle> = {}): ReleasedBundle => ({
  file: 'demo.tar',
  digest: digestOf('demo.tar'),
  mtime: 1_700_000_000,
  time: 1_700_000_000,
  name: 'demo',
  metadata: METADATA,
  files: new Map(
    [
      'cell.cell',
      'kernel',
      'launch.sh',
      'demo.service',
      'params',
      'system.cell',
      'bundle.json',
      'SHA256SUMS',
    ].map((name) => [name, digestOf(name)]),
  ),
  onTarget: new Map([['/boot/initrd.img', digestOf('initrd')]]),
  packages: new Map(),
  ...change,
});
