import { describe, expect, test } from 'vitest';
import { isBundleLayout, ociLayout } from '../../src/release/oci.ts';
import { sha256, utf8 } from '../helpers/bytes.ts';
import { releasedBundle } from '../helpers/release.ts';

const ATTACHED = [
  { mediaType: 'application/vnd.cyclonedx+json', title: 'demo.cdx.json', text: '{"a":"ü"}' },
  { mediaType: 'application/spdx+json', title: 'demo.spdx.json', text: '{}\n' },
];
const layout = ociLayout(releasedBundle(), ATTACHED);

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}
interface Manifest {
  artifactType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  subject?: Descriptor;
  manifests?: Descriptor[];
}

const json = (path: string): Manifest => JSON.parse(layout.files.get(path)!) as Manifest;
const pathOf = ({ digest }: { digest: string }): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
const { manifests } = json('index.json');

describe('the layout', () => {
  test('has every blob under its digest, and each descriptor says how long it is', () => {
    const { digest, size } = releasedBundle().digest && { digest: releasedBundle().digest.sha256, size: 8 };
    const blobs = [...layout.files].filter(([path]) => path.startsWith('blobs/'));
    for (const [path, text] of blobs) expect(path).toBe(`blobs/sha256/${sha256(utf8(text))}`);
    const descriptors = blobs.flatMap(([, text]): Descriptor[] => {
      const { config, layers = [], subject, manifests: listed = [] } = JSON.parse(text) as Manifest;
      return [...(config ? [config] : []), ...layers, ...(subject ? [subject] : []), ...listed];
    });
    for (const each of [...descriptors, ...manifests!]) {
      const there = pathOf(each) === layout.bundlePath ? size : utf8(layout.files.get(pathOf(each))!).length;
      expect(each.size).toBe(there);
    }
    expect(layout.bundlePath).toBe(`blobs/sha256/${digest}`);
  });

  test('has the bundle as an artifact with the empty config', () => {
    const [first] = manifests!;
    expect(first).toMatchObject({
      digest: layout.digest,
      annotations: { 'org.opencontainers.image.ref.name': 'bundle' },
    });
    expect(json(pathOf(first!))).toMatchObject({
      artifactType: 'application/vnd.jailhouse-bundle.v1',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
      layers: [
        {
          mediaType: 'application/vnd.jailhouse-bundle.v1.tar',
          annotations: { 'org.opencontainers.image.title': 'demo.tar' },
        },
      ],
      annotations: { 'org.opencontainers.image.created': '2023-11-14T22:13:20Z' },
    });
  });

  test('says so of a packed one', () => {
    const packed = ociLayout(releasedBundle({ file: 'demo.tar.gz' }), []);
    const manifest = packed.files.get(pathOf(packed));
    expect(manifest).toContain('"application/vnd.jailhouse-bundle.v1.tar+gzip"');
  });

  test('has what is attached as referrers, and their list under the fallback tag', () => {
    const [first, ...others] = manifests!;
    const list = others.pop()!;
    expect(list.annotations).toEqual({
      'org.opencontainers.image.ref.name': layout.digest.replace(':', '-'),
    });
    expect(json(pathOf(list)).manifests).toEqual(others);
    expect(others.map(({ artifactType }) => artifactType)).toEqual(
      ATTACHED.map(({ mediaType }) => mediaType),
    );
    for (const [index, each] of others.entries()) {
      const { subject, layers, artifactType } = json(pathOf(each));
      const { mediaType, digest, size } = first!;
      expect(subject).toEqual({ mediaType, digest, size });
      expect(artifactType).toBe(each.artifactType);
      expect(layout.files.get(pathOf(layers![0]!))).toBe(ATTACHED[index]!.text);
    }
  });

  test('is the same for the same bundle, and another for another', () => {
    expect(ociLayout(releasedBundle(), ATTACHED)).toEqual(layout);
    expect(ociLayout(releasedBundle({ time: 1 }), ATTACHED).digest).not.toBe(layout.digest);
  });
});

describe('a layout is known as one of a bundle', () => {
  const read = (change: Record<string, string | null>) => (path: string) =>
    Promise.resolve(path in change ? change[path]! : (layout.files.get(path) ?? null));
  const index = (edit: (list: Descriptor[]) => void): Record<string, string> => {
    const list = structuredClone(manifests!);
    edit(list);
    return { 'index.json': JSON.stringify({ schemaVersion: 2, manifests: list }) };
  };

  test('as it was written', async () => {
    expect(await isBundleLayout(read({}))).toBe(true);
    const bare = ociLayout(releasedBundle(), []);
    expect(await isBundleLayout((path) => Promise.resolve(bare.files.get(path) ?? null))).toBe(true);
  });

  test.each<[string, Record<string, string | null>]>([
    ['no index', { 'index.json': null }],
    ['no JSON', { 'index.json': '{' }],
    ['null', { 'index.json': 'null' }],
    ['an index without manifests', { 'index.json': '{"manifests":{}}' }],
    ['an empty index', { 'index.json': '{"manifests":[]}' }],
    ['manifests that are none', { 'index.json': '{"manifests":[1,null]}' }],
    ['an image that was copied into it', index((list) => list.push({ ...list[0]!, artifactType: 'x' }))],
    [
      'one more attached',
      index((list) => list.splice(1, 0, { ...list[1]!, digest: `sha256:${'a'.repeat(64)}` })),
    ],
    ['another artifact', index((list) => (list[0]!.artifactType = 'x'))],
    ['a digest that leads elsewhere', index((list) => (list.at(-1)!.digest = 'sha256:../../x'))],
    ['a list that is not there', { [pathOf(manifests!.at(-1)!)]: null }],
  ])('not %s', async (_, change) => {
    expect(await isBundleLayout(read(change))).toBe(false);
  });
});
