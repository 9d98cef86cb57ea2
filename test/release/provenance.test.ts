import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { documentText } from '../../src/release/document.ts';
import { dsseEnvelope } from '../../src/release/dsse.ts';
import { provenance, STATEMENT_TYPE } from '../../src/release/provenance.ts';
import { expectProvenance, INPUTS, METADATA, releasedBundle } from '../helpers/release.ts';

interface Statement {
  subject: object[];
  predicate: {
    buildDefinition: { resolvedDependencies: { name: string; digest: { sha256: string } }[] };
    runDetails: { builder: { id: string } };
  };
}

describe('the statement', () => {
  const bundle = releasedBundle();
  const statement = provenance(bundle, null) as Statement;

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
    const made = provenance(releasedBundle({ metadata: machine }), null) as Statement;
    expectProvenance(made);
    expect(made.predicate.buildDefinition.resolvedDependencies).toMatchObject([
      { name: 'demo.cell.yaml', annotations: { key: 'manifest' } },
      ...inputs.slice(1).map(({ key }) => ({ annotations: { cell: 'linux', key } })),
    ]);
  });

  test('of an older version, which does not list its inputs: what is in the bundle as it was given', () => {
    const { inputs: _, ...older } = METADATA;
    const { predicate } = provenance({ ...bundle, metadata: older }, null) as Statement;
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
    const { predicate } = provenance(bundle, 'https://ci.example/runner') as Statement;
    expect(predicate.runDetails.builder.id).toBe('https://ci.example/runner');
  });
});

describe('the envelope', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = { keyId: 'AB', sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
  const payload = Buffer.from(documentText(provenance(releasedBundle(), null)));
  const envelope = dsseEnvelope(STATEMENT_TYPE, payload, signer) as {
    payloadType: string;
    payload: string;
    signatures: [{ keyid: string; sig: string }];
  };

  test('is verified by what the DSSE specification says, put together here', () => {
    expect(envelope).toMatchObject({
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ keyid: 'AB' }],
    });
    expect(Buffer.from(envelope.payload, 'base64')).toEqual(payload);
    const signed = (text: string): Buffer =>
      Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${Buffer.byteLength(text)} ${text}`);
    const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
    const text = payload.toString();
    expect(verify(null, signed(text), publicKey, signature)).toBe(true);
    expect(verify(null, signed(text.replace('demo', 'deno')), publicKey, signature)).toBe(false);
    expect(verify(null, payload, publicKey, signature)).toBe(false);
  });

  // The example of the specification (protocol.md).
  test('signs the bytes of the example', () => {
    let bytes = '';
    dsseEnvelope('http://example.com/HelloWorld', Buffer.from('hello world'), {
      keyId: '',
      sign: (signed) => {
        bytes = Buffer.from(signed).toString();
        return signed;
      },
    });
    expect(bytes).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });
});
