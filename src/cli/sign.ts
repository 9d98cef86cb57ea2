import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { withSignature } from '../bundle/add-signature.ts';
import { gzipMembers } from '../bundle/gzip.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { tarOf } from '../bundle/scan.ts';
import { verifyBundle } from '../bundle/verify.ts';
import { diagnosticOf, hasErrors, type Diagnostic } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { readChunks, seeFile } from '../inputs/files.ts';
import { findingFacts } from '../reports/json.ts';
import { tally } from '../reports/verdict.ts';
import { signSums } from '../release/sign-bundle.ts';
import { formatOf, once, withFormat, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { hashing } from './hashing.ts';
import { lookFor, printLine, printNote, printReport } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderDiagnostic } from './report.ts';
import { openKey, SECRET_KEY_OPTION, PASSWORD_OPTION } from './secret-key.ts';
import { signedNote, writeSigned, type WrittenSignature } from './write-signed.ts';

interface SignOptions {
  secretKey: string;
  passwordFile?: string;
  out?: string;
  format: Format;
}

/** Nothing that is read may be lost, but for the bundle, whose place the signed one takes. */
async function checkOutputs(bundle: string, out: string, { secretKey, passwordFile }: SignOptions) {
  const secrets = [secretKey, passwordFile].filter((file) => file !== undefined);
  const signature = `${out}${SIGNATURE_SUFFIX}`;
  for (const [file, inputs] of [
    [out, secrets],
    [signature, [...secrets, bundle]],
  ] as const) {
    const input = await overwritten(file, await identify(inputs));
    if (input === null) continue;
    throw new UsageError(
      `${printable(file)} would overwrite ${printable(input)}`,
      'name another file with -o',
    );
  }
}

/** A bundle with its signature, as it was written. */
interface Signed {
  file: string;
  sha256: string;
  signature: WrittenSignature;
}

/** The same, and further files that have the signature. */
interface SignedFiles {
  signed: Signed;
  renewed: string[];
}

/** Writes the signed bundle; `null` if it is not intact, for the reasons that are added to `diagnostics`. */
async function write(
  bundle: string,
  out: string,
  { secretKey, passwordFile }: SignOptions,
  diagnostics: Diagnostic[],
): Promise<SignedFiles | null> {
  const seen = await seeFile(bundle, bundle);
  const verified = await verifyBundle(readChunks(seen));
  const { name, mtime, files, sums, compress } = verified;
  diagnostics.push(...verified.diagnostics);
  if (name === null || mtime === null || sums === null || hasErrors(diagnostics)) return null;
  const key = await openKey(secretKey, passwordFile);
  const inside = signSums(key, sums, name);
  const tar = withSignature(tarOf(readChunks(seen), { compress }), { name, mtime, files }, inside);
  const chunks = compress === 'gzip' ? gzipMembers(tar) : tar;
  const hash = createHash('sha256');
  const { signature, renewed } = await writeSigned(out, hashing(chunks, hash), { name, compress }, key);
  return { signed: { file: out, sha256: hash.digest('hex'), signature }, renewed };
}

/** `sign`: a bundle that is intact, with its signature in it and beside it. */
export async function sign(bundle: string, options: SignOptions): Promise<ExitCode> {
  const { out = bundle, format } = options;
  if (out === '') throw new UsageError("-o needs a file, not ''", 'write -o FILE, or leave it out');
  await checkOutputs(bundle, out, options);
  const diagnostics: Diagnostic[] = [];
  let files: SignedFiles | null = null;
  try {
    files = await write(bundle, out, options, diagnostics);
  } catch (error) {
    if (format === 'text') throw error;
    diagnostics.push(diagnosticOf(error));
  }
  const ok = files !== null;
  if (format === 'json') {
    const findings = diagnostics.map((each) => findingFacts(each, bundle));
    await printReport('sign', {
      ok,
      findings,
      subjects: [{ file: bundle, ok, bundle: files?.signed ?? null }],
    });
  } else if (files === null) {
    const colors = lookFor(process.stderr);
    for (const diagnostic of diagnostics) await printNote(renderDiagnostic(bundle, diagnostic, colors, null));
    await printNote(`\n${printable(bundle)} is not intact (${tally(diagnostics)}), and is not signed`);
  } else {
    const { signed, renewed } = files;
    await printLine(`${signed.sha256}  ${printable(out)}`);
    await printNote(signedNote(signed.signature, renewed));
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Verifies a bundle, and signs it: SHA256SUMS.minisig in it, and <bundle>.minisig next to it. A signature that it ' +
        'has is replaced. Prints the digest and the path of the bundle, as sha256sum does.',
    )
    .argument('<bundle>', '<name>.tar or <name>.tar.gz')
    .requiredOption(SECRET_KEY_OPTION, 'a key of minisign, or PKCS#8 PEM with an Ed25519 key', once)
    .option(...PASSWORD_OPTION, once)
    .option('-o, --out <file>', 'the signed bundle; without it, the bundle itself is replaced', once)
    .action(async (bundle: string, options) => {
      finish(await sign(bundle, { ...options, format: formatOf(options) }));
    });
}
