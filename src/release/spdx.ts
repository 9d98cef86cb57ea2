import { TOOL_NAME, TOOL_VERSION } from '../base/version.ts';
import { bundleComponent, withContents, type Component } from './components.ts';
import { contentUuid } from './document.ts';
import { timestamp, type ReleasedBundle } from './subject.ts';

// SPDX 2.3, in JSON.

const PURPOSES: Readonly<Record<Component['role'], string>> = {
  bundle: 'INSTALL',
  kernel: 'OPERATING_SYSTEM',
  initrd: 'ARCHIVE',
  'initrd part': 'ARCHIVE',
  loader: 'FIRMWARE',
  params: 'FILE',
  'device tree': 'FILE',
  image: 'FIRMWARE',
  'cell config': 'FILE',
  'system config': 'FILE',
  'launch script': 'APPLICATION',
  hook: 'APPLICATION',
  'systemd unit': 'FILE',
  'bundle list': 'FILE',
  other: 'FILE',
  package: 'LIBRARY',
};

const NOT_KNOWN = 'NOASSERTION';
const DOCUMENT = 'SPDXRef-DOCUMENT';

/** Gives each component an id of its own: letters, digits, dots and dashes. */
class Ids {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>([DOCUMENT]);

  of(ref: string): string {
    const known = this.#ids.get(ref);
    if (known !== undefined) return known;
    const plain = `SPDXRef-${ref.replaceAll(/[^A-Za-z0-9.]+/g, '-')}`;
    let id = plain;
    for (let count = 2; this.#taken.has(id); count++) id = `${plain}-${count}`;
    this.#taken.add(id);
    this.#ids.set(ref, id);
    return id;
  }
}

function externalRefs({ purl, cpe }: Component): object {
  const refs = [
    ...(cpe === null ? [] : [['SECURITY', 'cpe23Type', cpe] as const]),
    ...(purl === null ? [] : [['PACKAGE-MANAGER', 'purl', purl] as const]),
  ].map(([referenceCategory, referenceType, referenceLocator]) => ({
    referenceCategory,
    referenceType,
    referenceLocator,
  }));
  return refs.length === 0 ? {} : { externalRefs: refs };
}

function packageJson(component: Component, ids: Ids): object {
  const { ref, role, name, version, description, license, digest, path } = component;
  return {
    SPDXID: ids.of(ref),
    name,
    ...(version === null ? {} : { versionInfo: version }),
    ...(path === null ? {} : { packageFileName: path }),
    supplier: NOT_KNOWN,
    downloadLocation: NOT_KNOWN,
    filesAnalyzed: false,
    ...(digest === null ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: digest.sha256 }] }),
    licenseConcluded: NOT_KNOWN,
    licenseDeclared: license ?? NOT_KNOWN,
    copyrightText: NOT_KNOWN,
    description,
    ...externalRefs(component),
    primaryPackagePurpose: PURPOSES[role],
  };
}

interface Relationship {
  spdxElementId: string;
  relationshipType: string;
  relatedSpdxElement: string;
}

const relate = (component: Component, ids: Ids): Relationship[] =>
  component.contents.flatMap((each) => [
    {
      spdxElementId: ids.of(component.ref),
      relationshipType: each.place === 'inside' ? 'CONTAINS' : 'DEPENDS_ON',
      relatedSpdxElement: ids.of(each.ref),
    },
    ...relate(each, ids),
  ]);

/** What is in a bundle, as an SPDX document. */
export function spdx(bundle: ReleasedBundle): object {
  const root = bundleComponent(bundle);
  const ids = new Ids();
  const content = {
    name: bundle.name,
    creationInfo: { created: timestamp(bundle.time), creators: [`Tool: ${TOOL_NAME}-${TOOL_VERSION}`] },
    packages: withContents(root).map((each) => packageJson(each, ids)),
    relationships: [
      { spdxElementId: DOCUMENT, relationshipType: 'DESCRIBES', relatedSpdxElement: ids.of(root.ref) },
      ...relate(root, ids),
    ],
  };
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    documentNamespace: `urn:uuid:${contentUuid(content)}`,
    ...content,
  };
}
