import { createHash } from 'node:crypto';

const COMPONENT = /^\/\/ (\S+) (\d\S*) \((.+)\)$/gm;

const purlOf = (name, version) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;

/** SHA-512 of a package's tarball, as its lock file has it. */
function hashesOf(name, lock) {
  const [algorithm, digest] = (lock.packages[`node_modules/${name}`]?.integrity ?? '').split('-');
  return algorithm === 'sha512'
    ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
    : {};
}

/** As CycloneDX writes licences: by an identifier of SPDX, or an expression of several. */
const licensesOf = (license) =>
  / (?:AND|OR|WITH) /.test(license) ? [{ expression: license }] : [{ license: { id: license } }];

/**
 * What is in the single file, in CycloneDX 1.6: its end names the packages that it is made of.
 *
 * @param single its text
 * @param lock package-lock.json
 * @param node the version of Node.js in the executables
 */
export function sbomOf(single, lock, node) {
  const [main, ...packages] = [...single.matchAll(COMPONENT)].map(([, name, version, license]) => ({
    type: 'library',
    'bom-ref': purlOf(name, version),
    name,
    version,
    ...hashesOf(name, lock),
    licenses: licensesOf(license),
    purl: purlOf(name, version),
  }));
  const components = [
    ...packages,
    {
      type: 'platform',
      'bom-ref': `pkg:generic/node@${node}`,
      name: 'node',
      version: node,
      description: 'in the executables alone',
      licenses: [{ license: { id: 'MIT' } }],
      purl: `pkg:generic/node@${node}`,
    },
  ];
  const digest = createHash('sha256')
    .update(JSON.stringify([main, components]))
    .digest('hex');
  // Of version 8, made from the content: the same content has the same number.
  const serial = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${serial}`,
    version: 1,
    metadata: { component: { ...main, type: 'application' } },
    components,
    dependencies: [{ ref: main['bom-ref'], dependsOn: components.map((each) => each['bom-ref']) }],
  };
}
