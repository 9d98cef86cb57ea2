import { readBundle } from '../../src/bundle/read.ts';
import { closing, entries, inPieces, pack } from '../fixtures/bundle/sample.ts';

/** What bundle.json says; tests change what they like. */
// oxlint-disable-next-line typescript/no-explicit-any
type Metadata = Record<string, any>;

/** A bundle of small files with another bundle.json, and with all digests right: as somebody can make it by hand. */
export async function rebundle(
  bundle: Uint8Array,
  edit: (metadata: Metadata) => void,
  more: Readonly<Record<string, Uint8Array>> = {},
): Promise<Uint8Array> {
  const { files, name } = await readBundle(inPieces(bundle));
  const contents = new Map(files.map(({ path, content }) => [path, content!]));
  const metadata = JSON.parse(new TextDecoder().decode(contents.get('bundle.json'))) as Metadata;
  contents.delete('bundle.json');
  contents.delete('SHA256SUMS');
  for (const [path, content] of Object.entries(more)) contents.set(path, content);
  const written = entries(Object.fromEntries(contents));
  const last = closing((listing) => {
    const { files: digests } = listing;
    Object.assign(listing, metadata, { files: digests });
    edit(listing);
  }, name);
  return (await pack(written, last, { name })).bytes;
}
