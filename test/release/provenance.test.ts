import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dsseEnvelope } from '../../src/release/dsse.ts';
import { secretKeyFrom } from '../../src/release/minisign/secret-key.ts';
import { provenance as provenanceOf } from '../../src/release/provenance.ts';
import type { ReleasedBundle } from '../../src/release/subject.ts';
import { expectProvenance, INPUTS, METADATA, releasedBundle } from '../helpers/release.ts';

interface Statement {
  subject: object[];
  predicate: {
    buildDefinition: { resolvedDependencies: { name: string; digest: { sha256: string } }[] };
    runDetails: { builder: { id: string } };
  };
}

const provenance = (...[bundle, builder]: [ReleasedBundle, string | null]): Statement =>
  JSON.parse(provenanceOf(bundle, builder, null).text) as Statement;

describe('the statement', () => {
  const bundle = releasedBundle();
  const statement = provenance(bundle, null);

  test('is one of in-toto, with the provenance of SLSA', () => {
    expectProvenance(statement);
    expect(() => expectProvenance({ ...statement, subject: [] })).toThrow();
  });

  test('names the bundle, and what it was made from', () => {
    expect(statement.subject).toEqual([{ name: 'demo.tar', digest: { sha256: bundle.digest.sha256 } }]);
    const { resolvedDependencies } = statement.predicate.buildDefinition;
    expect(resolvedDependencies).toEqual(
      INPUTS.map(({ key, file, sha256 }) => ({ name: file, digest: { sha256 }, annotations: { key } })),
    );
  });

  test('of a machine: what its cells were made from, too', () => {
    const { system, tool, inputs, findings } = { ...METADATA, inputs: INPUTS };
    const root = { file: system!.file, name: 'root', architecture: 'x86', revision: 14, release: null };
    const cells = [{ ...METADATA, name: 'linux', after: [], inputs: inputs.slice(1) }];
    const machine = {
      kind: 'machine' as const,
      name: 'board',
      tool,
      system: root,
      cells,
      inputs: inputs.slice(0, 1),
      findings,
    };
    const made = provenance(releasedBundle({ metadata: machine }), null);
    expectProvenance(made);
    expect(made.predicate.buildDefinition.resolvedDependencies).toMatchObject([
      { name: 'demo.cell.yaml', annotations: { key: 'manifest' } },
      ...inputs.slice(1).map(({ key }) => ({ annotations: { cell: 'linux', key } })),
    ]);
  });

  test('of an older version, which does not list its inputs: what is in the bundle as it was given', () => {
    const { inputs: _, ...older } = METADATA;
    const { predicate } = provenance({ ...bundle, metadata: older }, null);
    const { resolvedDependencies } = predicate.buildDefinition;
    expect(resolvedDependencies.map(({ name }) => name)).toEqual([
      'cell.cell',
      'kernel',
      'system.cell',
      '/boot/initrd.img',
    ]);
    expect(resolvedDependencies[1]!.digest.sha256).toBe(bundle.files.get('kernel')!.sha256);
  });

  test('says that the package ran, or what the caller says', () => {
    expect(statement.predicate.runDetails.builder.id).toBe('pkg:npm/rollup-plugin-jailhouse@0.0.9');
    const { predicate } = provenance(bundle, 'https://ci.example/runner');
    expect(predicate.runDetails.builder.id).toBe('https://ci.example/runner');
  });
});

describe('the envelope', () => {
  const key = secretKeyFrom(Uint8Array.from({ length: 40 }, (_, index) => index));
  const { mediaType, title, text } = provenanceOf(releasedBundle(), null, key);
  const envelope = JSON.parse(text) as {
    payloadType: string;
    payload: string;
    signatures: [{ keyid: string; sig: string }];
  };
  // Node's own Ed25519, with the public key alone.
  const x = Buffer.from(key.key).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const isSigned = (bytes: Uint8Array, sig: string): boolean =>
    verify(null, bytes, publicKey, Buffer.from(sig, 'base64'));

  test('has the statement as it is without a key, in one line', () => {
    expect({ mediaType, title }).toEqual({
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      title: 'demo.intoto.jsonl',
    });
    expect(text.indexOf('\n')).toBe(text.length - 1);
    const statement = provenanceOf(releasedBundle(), null, null);
    expect(Buffer.from(envelope.payload, 'base64').toString()).toBe(statement.text);
    expect(envelope.payloadType).toBe(statement.mediaType);
    expect(provenanceOf(releasedBundle(), null, key).text).toBe(text);
  });

  test('is verified by what the DSSE specification says, put together here', () => {
    const [{ keyid, sig }] = envelope.signatures;
    expect(keyid).toBe('2726252423222120');
    const statement = Buffer.from(envelope.payload, 'base64').toString();
    const signed = (payload: string): Buffer =>
      Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${Buffer.byteLength(payload)} ${payload}`);
    expect(isSigned(signed(statement), sig)).toBe(true);
    expect(isSigned(signed(statement.replace('demo', 'deno')), sig)).toBe(false);
    expect(isSigned(Buffer.from(statement), sig)).toBe(false);
  });

  test('signs the bytes of the example in that specification', () => {
    const example = dsseEnvelope(
      'http://example.com/HelloWorld',
      Buffer.from('hello world'),
      key,
    ) as typeof envelope;
    const bytes = Buffer.from('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    expect(isSigned(bytes, example.signatures[0].sig)).toBe(true);
  });
});
