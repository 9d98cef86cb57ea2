import { createHash } from 'node:crypto';
import { timestamp, type ReleasedBundle } from './subject.ts';

// The OCI image layout and the referrers of a manifest (image-spec and distribution-spec 1.1).

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
/** What a registry calls a bundle. */
const BUNDLE = 'application/vnd.jailhouse-bundle.v1';

/** What a layout calls its bundle, whatever the bundle's name is: not every name can be one of an image. */
export const OCI_TAG = 'bundle';

const REF_NAME = 'org.opencontainers.image.ref.name';
const TITLE = 'org.opencontainers.image.title';
const CREATED = 'org.opencontainers.image.created';

/** What is said of the bundle, and goes with it. */
export interface Attachment {
  /** Of the document; registries list it by that. */
  mediaType: string;
  /** What the document is called when it is fetched as a file. */
  title: string;
  text: string;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  artifactType?: string;
  annotations?: Readonly<Record<string, string>>;
}

/** A layout's files by their paths, but for the bundle itself, which is `bundle.path`. */
export interface OciLayout {
  files: ReadonlyMap<string, string>;
  /** Where the bundle's own file goes. */
  bundlePath: string;
  /** Of the manifest: `sha256:…`. */
  digest: string;
  /** The tag of the list of what is attached, for registries that do not keep such a list. */
  referrersTag: string;
  attached: readonly { mediaType: string; digest: string }[];
}

/** The names that there are in each folder of a layout. */
export const LAYOUT_NAMES: readonly (readonly [folder: string, names: RegExp])[] = [
  ['', /^(?:blobs|index\.json|oci-layout)$/],
  ['blobs', /^sha256$/],
  ['blobs/sha256', /^[0-9a-f]{64}$/],
];

const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

/** The blobs of a layout that are made here. */
class Blobs {
  readonly files = new Map<string, string>();

  add(mediaType: string, text: string): Descriptor {
    const bytes = Buffer.from(text);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.files.set(blobPath(digest), text);
    return { mediaType, digest, size: bytes.length };
  }

  json(mediaType: string, value: object): Descriptor {
    return this.add(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  }
}

/** `tar` or `tar+gzip`, as the file's name says. */
const layerTypeOf = (file: string): string => (file.endsWith('.gz') ? 'tar+gzip' : 'tar');

/** A bundle and what is attached to it, as an OCI image layout. */
export function ociLayout(bundle: ReleasedBundle, attachments: readonly Attachment[]): OciLayout {
  const blobs = new Blobs();
  const config = blobs.add(EMPTY, '{}');
  const created = { [CREATED]: timestamp(bundle.time) };
  const content: Descriptor = {
    mediaType: `${BUNDLE}.${layerTypeOf(bundle.file)}`,
    digest: `sha256:${bundle.digest.sha256}`,
    size: bundle.digest.size,
    annotations: { [TITLE]: bundle.file },
  };
  const annotations = { ...created, [TITLE]: bundle.name };
  const manifest = blobs.json(MANIFEST, { artifactType: BUNDLE, config, layers: [content], annotations });
  const attached = attachments.map(({ mediaType, title, text }): Descriptor => {
    const layer = { ...blobs.add(mediaType, text), annotations: { [TITLE]: title } };
    const referrer = {
      artifactType: mediaType,
      config,
      layers: [layer],
      subject: manifest,
      annotations: created,
    };
    return { ...blobs.json(MANIFEST, referrer), artifactType: mediaType, annotations: created };
  });
  const referrers = blobs.json(INDEX, { manifests: attached });
  const referrersTag = manifest.digest.replace(':', '-');
  const manifests: Descriptor[] = [
    { ...manifest, artifactType: BUNDLE, annotations: { [REF_NAME]: OCI_TAG } },
    ...attached,
    { ...referrers, annotations: { [REF_NAME]: referrersTag } },
  ];
  blobs.files.set('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  blobs.files.set('index.json', JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  return {
    files: blobs.files,
    bundlePath: blobPath(content.digest),
    digest: manifest.digest,
    referrersTag,
    attached: attached.map(({ artifactType, digest }) => ({ mediaType: artifactType!, digest })),
  };
}

const listOf = (text: string | null): Partial<Descriptor>[] | null => {
  try {
    const { manifests } = JSON.parse(text ?? '') as { manifests?: unknown };
    return Array.isArray(manifests) && manifests.every((each) => typeof each === 'object' && each !== null)
      ? (manifests as Partial<Descriptor>[])
      : null;
  } catch {
    return null;
  }
};

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Whether a layout is one that {@link ociLayout} made, with no image in it that is of others.
 *
 * @param read gives a file of the layout; `null`: it is not there
 */
export async function isBundleLayout(read: (path: string) => Promise<string | null>): Promise<boolean> {
  const [first, ...others] = listOf(await read('index.json')) ?? [];
  const list = others.pop();
  if (
    first?.artifactType !== BUNDLE ||
    !DIGEST.test(String(first.digest)) ||
    !DIGEST.test(String(list?.digest))
  )
    return false;
  if (list!.annotations?.[REF_NAME] !== first.digest!.replace(':', '-')) return false;
  const attached = listOf(await read(blobPath(list!.digest!)));
  const digests = (each: readonly Partial<Descriptor>[] | null): string =>
    JSON.stringify(each?.map(({ digest }) => digest));
  return digests(attached) === digests(others);
}
