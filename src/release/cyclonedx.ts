import { TOOL_NAME, TOOL_VERSION } from '../base/version.ts';
import { bundleComponent, withContents, type Component } from './components.ts';
import { contentUuid } from './document.ts';
import { packageUrl } from './purl.ts';
import { timestamp, type ReleasedBundle } from './subject.ts';

// CycloneDX 1.6 (ECMA-424). Its library takes longer to start than this package does, and what is written is these few
// objects; the tests hold them against the schema.

const TYPES: Readonly<Record<Component['role'], string>> = {
  bundle: 'firmware',
  kernel: 'operating-system',
  initrd: 'file',
  'initrd part': 'file',
  loader: 'firmware',
  params: 'file',
  'device tree': 'file',
  image: 'firmware',
  'cell config': 'file',
  'system config': 'file',
  'launch script': 'application',
  hook: 'application',
  'systemd unit': 'file',
  'bundle list': 'file',
  other: 'file',
  package: 'library',
};

const licenses = (license: string | null): object =>
  license === null
    ? {}
    : { licenses: [license.includes(' ') ? { expression: license } : { license: { id: license } }] };

function propertiesOf({ role, path, place, digest }: Component): object {
  const properties = {
    role,
    path,
    size: digest && String(digest.size),
    place: place === 'elsewhere' ? (path === null ? 'installed with Jailhouse' : 'on the target') : null,
  };
  const named = Object.entries(properties).flatMap(([name, value]) =>
    value === null ? [] : [{ name: `${TOOL_NAME}:${name}`, value }],
  );
  return { properties: named };
}

function componentJson(component: Component): object {
  const { ref, role, name, version, description, license, purl, cpe, digest, contents } = component;
  return {
    type: TYPES[role],
    'bom-ref': ref,
    name,
    ...(version === null ? {} : { version }),
    description,
    ...(digest === null ? {} : { hashes: [{ alg: 'SHA-256', content: digest.sha256 }] }),
    ...licenses(license),
    ...(cpe === null ? {} : { cpe }),
    ...(purl === null ? {} : { purl }),
    ...propertiesOf(component),
    // The parts of the bundle are the document's own.
    ...(role === 'bundle' || contents.length === 0 ? {} : { components: contents.map(componentJson) }),
  };
}

const refsOf = ({ contents }: Component): string[] => contents.map(({ ref }) => ref);

const AGGREGATES = { all: 'complete', some: 'incomplete', unknown: 'unknown' } as const;

/** What is in a bundle, as a CycloneDX document. */
export function cycloneDx(bundle: ReleasedBundle): object {
  const root = bundleComponent(bundle);
  const all = withContents(root);
  const content = {
    version: 1,
    metadata: {
      timestamp: timestamp(bundle.time),
      lifecycles: [{ phase: 'post-build' }],
      tools: {
        components: [
          {
            type: 'application',
            name: TOOL_NAME,
            version: TOOL_VERSION,
            purl: packageUrl({ type: 'npm', name: TOOL_NAME, version: TOOL_VERSION }),
          },
        ],
      },
      component: componentJson(root),
    },
    components: root.contents.map(componentJson),
    dependencies: all.map((each) => ({
      ref: each.ref,
      ...(each.contents.length === 0 ? {} : { dependsOn: refsOf(each) }),
    })),
    compositions: (['all', 'some', 'unknown'] as const).flatMap((known) => {
      // Of packages there is more to say than of what has them.
      const assemblies = all
        .filter((each) => each.known === known && each.role !== 'package')
        .map(({ ref }) => ref);
      return assemblies.length === 0 ? [] : [{ aggregate: AGGREGATES[known], assemblies }];
    }),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${contentUuid(content)}`,
    ...content,
  };
}
