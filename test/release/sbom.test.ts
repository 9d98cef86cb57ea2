import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineMetadata } from '../../src/bundle/read-metadata.ts';
import type { InitrdPackages } from '../../src/formats/initrd/packages.ts';
import { cycloneDx } from '../../src/release/cyclonedx.ts';
import { documentText } from '../../src/release/document.ts';
import { spdx } from '../../src/release/spdx.ts';
import type { ReleasedBundle } from '../../src/release/subject.ts';
import { expectCycloneDx, expectSpdx, INPUTS, METADATA, releasedBundle } from '../helpers/release.ts';
import { oneIn } from '../helpers/runs.ts';

const PACKAGES: InitrdPackages = {
  manager: 'dpkg',
  distribution: { id: 'debian', version: '12' },
  packages: [
    { name: 'bash', version: '5.2.15-2+b2', architecture: 'amd64' },
    { name: 'base-files', version: '12.4', architecture: null },
  ],
  skipped: 0,
};

const inside = releasedBundle({
  metadata: {
    ...METADATA,
    load: METADATA.load.map((item) =>
      'role' in item && item.role === 'initrd' ? { ...item, file: 'initrd' } : item,
    ),
  },
  files: new Map([...releasedBundle().files, ['initrd', { size: 600, sha256: '1'.repeat(64) }]]),
  onTarget: new Map(),
  packages: new Map([['initrd', PACKAGES]]),
});

const machine = releasedBundle({
  metadata: {
    kind: 'machine',
    name: 'board',
    tool: METADATA.tool,
    system: { file: 'system.cell', name: 'root', architecture: 'arm64', revision: 14, release: 'git' },
    cells: [
      {
        name: 'rtos',
        after: [],
        cell: { ...METADATA.cell, file: 'rtos.cell', architecture: 'arm64' },
        kernel: null,
        load: [
          { role: 'image', file: 'rtos.image0', address: '0x0', size: 64 },
          { string: 'mode=fast', address: '0x1000' },
        ],
        entry: '0x0',
        commands: [],
        findings: [],
        waivers: [],
      },
      {
        ...METADATA,
        name: 'linux',
        after: ['rtos'],
        cell: { ...METADATA.cell, file: 'linux.cell', architecture: 'arm64' },
        load: [{ role: 'params', file: 'linux.params', address: '0x1000', size: 700 }],
      },
    ],
    findings: [],
  } satisfies MachineMetadata,
  files: new Map(
    ['linux.cell', 'linux.params', 'rtos.cell', 'rtos.image0', 'system.cell', 'board.target'].map(
      (name, index) => [name, { size: index, sha256: String(index).repeat(64) }],
    ),
  ),
  onTarget: new Map(),
});

interface Part {
  name: string;
  type: string;
  'bom-ref': string;
  version?: string;
  licenses?: object[];
  purl?: string;
  cpe?: string;
  components?: Part[];
}
interface CycloneDx {
  serialNumber: string;
  metadata: { timestamp: string; component: Part };
  components: Part[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  compositions: { aggregate: string; assemblies: string[] }[];
}
const cdx = (bundle: ReleasedBundle): CycloneDx => cycloneDx(bundle) as CycloneDx;
const partsOf = (bundle: ReleasedBundle): Record<string, Part> =>
  Object.fromEntries(cdx(bundle).components.map((part) => [part['bom-ref'].replace('file:', ''), part]));

describe('CycloneDX', () => {
  test('names every file, with what is known of it', () => {
    const parts = partsOf(releasedBundle());
    expect(Object.keys(parts)).toEqual([
      ...releasedBundle().files.keys(),
      '/boot/initrd.img',
      'installed:linux-loader.bin',
    ]);
    expect(parts['kernel']).toMatchObject({
      type: 'operating-system',
      name: 'linux',
      version: '6.1.192',
      hashes: [{ alg: 'SHA-256', content: releasedBundle().files.get('kernel')!.sha256 }],
      licenses: [{ expression: 'GPL-2.0-only WITH Linux-syscall-note' }],
      cpe: 'cpe:2.3:o:linux:linux_kernel:6.1.192:*:*:*:*:*:*:*',
    });
    expect(parts['launch.sh']).toMatchObject({ version: '0.0.9', licenses: [{ license: { id: 'MIT' } }] });
    expect(parts['cell.cell']).not.toHaveProperty('licenses');
    expect(parts['installed:linux-loader.bin']).not.toHaveProperty('hashes');
  });

  test('has the packages of an initrd below it, and says that there is more in it', () => {
    const { initrd } = partsOf(inside);
    const packages = initrd!.components!.filter(({ type }) => type === 'library');
    expect(packages.map(({ purl }) => purl)).toEqual([
      'pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12',
      'pkg:deb/debian/base-files@12.4?distro=debian-12',
    ]);
    const { compositions, dependencies } = cdx(inside);
    expect(compositions.find(({ aggregate }) => aggregate === 'incomplete')!.assemblies).toEqual([
      'file:initrd',
    ]);
    expect(dependencies.find(({ ref }) => ref === 'file:initrd')!.dependsOn).toHaveLength(4);
  });

  test('has the files that an initrd was joined from', () => {
    const { initrd } = partsOf(inside);
    const joined = INPUTS.filter(({ key }) => key.startsWith('initrd.'));
    expect(initrd!.components!.slice(0, 2)).toMatchObject(
      joined.map(({ file, sha256 }) => ({ name: file, hashes: [{ content: sha256 }] })),
    );
  });

  test('does not take a kernel that is not Linux for it', () => {
    const kernel = { ...METADATA.kernel, version: 'payload-1 (a@b)' };
    const parts = partsOf(releasedBundle({ metadata: { ...METADATA, kernel } }));
    expect(parts['kernel']).toMatchObject({ name: 'kernel', version: 'payload-1' });
    expect(parts['kernel']).not.toHaveProperty('licenses');
    expect(parts['kernel']).not.toHaveProperty('cpe');
  });

  test('has the cells of a machine; on arm the params are a device tree', () => {
    const { components } = cdx(machine);
    expect(components.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'linux.cell file',
      'linux.params file',
      'rtos.cell file',
      'rtos.image0 firmware',
      'system.cell file',
      'board.target file',
    ]);
    expect(components[1]).toMatchObject({ description: 'device tree of the cell' });
  });

  test('has another serial number for another bundle', () => {
    const { serialNumber } = cdx(releasedBundle());
    const other = cdx(releasedBundle({ digest: { size: 1, sha256: '2'.repeat(64) } }));
    expect(other.serialNumber).not.toBe(serialNumber);
  });
});

test('SPDX: the same parts, each contained in the bundle or needed by it', () => {
  const { packages, relationships } = spdx(inside) as {
    packages: { SPDXID: string; name: string; licenseDeclared: string }[];
    relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
  };
  expect(packages.find(({ name }) => name === 'linux')).toMatchObject({
    licenseDeclared: 'GPL-2.0-only WITH Linux-syscall-note',
    externalRefs: [{ referenceType: 'cpe23Type' }, { referenceType: 'purl' }],
  });
  expect(packages.find(({ name }) => name === 'cell.cell')!.licenseDeclared).toBe('NOASSERTION');
  const said = relationships.map(
    ({ relationshipType, relatedSpdxElement }) => `${relationshipType} ${relatedSpdxElement}`,
  );
  expect(said).toContain('CONTAINS SPDXRef-file-initrd');
  expect(said).toContain('CONTAINS SPDXRef-initrd-bash-5.2.15-2-b2-amd64');
  expect(said).toContain('DEPENDS_ON SPDXRef-file-installed-linux-loader.bin');
});

/** All ids are different, and all that is referred to is there. */
function expectWhole(bundle: ReleasedBundle): void {
  const { components, dependencies, metadata } = cdx(bundle);
  const flat = (parts: readonly Part[]): string[] =>
    parts.flatMap((part) => [part['bom-ref'], ...flat(part.components ?? [])]);
  const refs = flat([metadata.component, ...components]);
  expect(new Set(refs).size).toBe(refs.length);
  const named = new Set(dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn]));
  expect([...named].toSorted()).toEqual(refs.toSorted());
  const { packages, relationships } = spdx(bundle) as {
    packages: { SPDXID: string }[];
    relationships: { relatedSpdxElement: string }[];
  };
  const ids = packages.map(({ SPDXID }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  expect(relationships.map(({ relatedSpdxElement }) => relatedSpdxElement).toSorted()).toEqual(
    ids.toSorted(),
  );
}

const WRITERS = { CycloneDX: [cycloneDx, expectCycloneDx], SPDX: [spdx, expectSpdx] } as const;

describe.each(Object.entries(WRITERS))('%s', (_, [write, expectValid]) => {
  test.each([
    ['a cell', releasedBundle()],
    ['a cell with packages', inside],
    ['a machine', machine],
  ])('of %s is valid, and the same in every run', (__, bundle) => {
    const document = write(bundle);
    expectValid(document);
    expectWhole(bundle);
    expect(documentText(write(structuredClone(bundle)))).toBe(documentText(document));
  });

  test('is refused by the schema where it is wrong', () => {
    expect(() => expectValid({ ...write(machine), more: 1 })).toThrow();
    const { packages, components } = write(machine) as { packages?: object[]; components?: object[] };
    for (const [key, parts] of Object.entries({ packages, components })) {
      if (parts)
        expect(() => expectValid({ ...write(machine), [key]: [{ ...parts[0], more: 1 }] })).toThrow();
    }
  });

  test('odd names make a valid document that cannot control a terminal', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('a b', 'a-b', 'a_b', '../x', '\x1b[2J', 'ü', '#', 'bundle', 'DOCUMENT'),
    );
    const digest = { size: 1, sha256: '3'.repeat(64) };
    fc.assert(
      fc.property(odd, odd, fc.uniqueArray(odd, { maxLength: 4 }), odd, (file, version, names, target) => {
        const kernel = { ...METADATA.kernel, version };
        const load = [{ role: 'kernel', file: names[0] ?? null, address: null, size: null }];
        const bundle = releasedBundle({
          file,
          metadata: { ...METADATA, kernel, load },
          files: new Map(names.map((name) => [name, digest])),
          onTarget: new Map([[`/${target}`, digest]]),
        });
        const text = documentText(write(bundle));
        expectValid(JSON.parse(text));
        expectWhole(bundle);
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: oneIn(10) },
    );
  });
});
