import { TOOL_NAME } from '../base/version.ts';
import { documentText } from './document.ts';
import { dsseEnvelope, ENVELOPE_TYPE } from './dsse.ts';
import type { SecretKey } from './minisign/secret-key.ts';
import type { Attachment } from './oci.ts';
import { partsOf, type Part } from './parts.ts';
import { packageUrl } from './purl.ts';
import type { ReleasedBundle } from './subject.ts';

/** The media type of an in-toto statement, and the type of what is signed in a DSSE envelope. */
const STATEMENT_TYPE = 'application/vnd.in-toto+json';

/** How a bundle is built, and what the parameters mean: docs/release.md. */
const BUILD_TYPE = `${packageUrl({ type: 'npm', name: TOOL_NAME, qualifiers: { build_type: 'v1' } })}#docs/release.md`;

/** What went into a bundle, by its digest (a ResourceDescriptor of in-toto). */
interface Material {
  name: string;
  digest: { sha256: string };
  annotations: Readonly<Record<string, string>>;
}

const GIVEN = new Set<Part['role']>(['kernel', 'initrd', 'loader', 'image', 'cell config', 'system config']);

/** Of a bundle that does not say what it was made from: the files in it that are as they were given. */
const givenFiles = (bundle: ReleasedBundle): Material[] =>
  partsOf(bundle).flatMap(({ role, path, digest }) =>
    GIVEN.has(role) && path !== null && digest !== null
      ? [{ name: path, digest: { sha256: digest.sha256 }, annotations: { role } }]
      : [],
  );

type Inputs = ReleasedBundle['metadata']['inputs'];

function materialsOf(bundle: ReleasedBundle): Material[] {
  const { metadata } = bundle;
  if (metadata.inputs === undefined) return givenFiles(bundle);
  const materials = (inputs: Inputs = [], of: Readonly<Record<string, string>> = {}): Material[] =>
    inputs.map(({ key, file, sha256 }) => ({ name: file, digest: { sha256 }, annotations: { ...of, key } }));
  return [
    ...materials(metadata.inputs),
    ...('kind' in metadata
      ? metadata.cells.flatMap(({ name, inputs }) => materials(inputs, { cell: name }))
      : []),
  ];
}

/** What the build was asked for: all of it is in bundle.json, too. */
function parametersOf({ metadata, name, mtime }: ReleasedBundle): object {
  const sourceDateEpoch = mtime;
  if ('kind' in metadata)
    return { kind: 'machine', name, cells: metadata.cells.map((cell) => cell.name), sourceDateEpoch };
  const { profile, placement, cmdline, overrides } = metadata;
  return {
    kind: 'cell',
    name,
    ...(profile === undefined ? {} : { profile }),
    placement,
    cmdline,
    ...(overrides === undefined ? {} : { overrides }),
    sourceDateEpoch,
  };
}

/**
 * An in-toto statement (v1) with the provenance of SLSA (v1): which bundle, how it was built, and of what.
 *
 * @param builder the URI of what ran the build; `null`: it is not known, and the package stands for it
 */
function statementOf(bundle: ReleasedBundle, builder: string | null): object {
  const { metadata, file, digest } = bundle;
  const { tool } = metadata;
  const id = builder ?? packageUrl({ type: 'npm', name: tool.name, version: tool.version });
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: file, digest: { sha256: digest.sha256 } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: parametersOf(bundle),
        resolvedDependencies: materialsOf(bundle),
      },
      runDetails: {
        builder: { id, version: { [tool.name]: tool.version } },
      },
    },
  };
}

/** The provenance of a bundle as it is written: the statement, or an envelope with it and its signature, in one line. */
export function provenance(
  bundle: ReleasedBundle,
  builder: string | null,
  key: SecretKey | null,
): Attachment {
  const statement = documentText(statementOf(bundle, builder));
  const title = `${bundle.name}.intoto.json`;
  if (key === null) return { mediaType: STATEMENT_TYPE, title, text: statement };
  const envelope = dsseEnvelope(STATEMENT_TYPE, Buffer.from(statement), key);
  return { mediaType: ENVELOPE_TYPE, title: `${title}l`, text: `${JSON.stringify(envelope)}\n` };
}
