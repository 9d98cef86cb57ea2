import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { SIGNATURE_NAME, SIGNATURE_SUFFIX, SUMS_NAME } from '../bundle/names.ts';
import { UNREAD, verifyBundle, type VerifiedBundle } from '../bundle/verify.ts';
import { diagnosticOf, hasErrors, type Diagnostic } from '../base/diagnostic.ts';
import { isThere } from '../inputs/atomic-file.ts';
import { readChunks, readWhole, seeFile } from '../inputs/files.ts';
import { readTrustedKey } from '../inputs/keys.ts';
import { plural, printable } from '../base/text.ts';
import { judge, unsigned, type JudgedSignature, type TrustedKey } from '../release/judge.ts';
import { MINISIGN_LIMIT } from '../release/minisign/lines.ts';
import { findingFacts } from '../reports/json.ts';
import { tally } from '../reports/verdict.ts';
import { collect, formatOf, withFormat, type Finish } from './command.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { hashing } from './hashing.ts';
import { namedBundles, orReport } from './named-files.ts';
import { lookFor, printLine, printReport, type Look } from './output.ts';
import { renderDiagnostic } from './report.ts';

interface Verified {
  file: string;
  bundle: Omit<VerifiedBundle, 'diagnostics'>;
  signatures: JudgedSignature[];
  diagnostics: Diagnostic[];
}

/** The bytes of the signature beside a bundle; `null`: there is none. */
async function besideOf(file: string): Promise<Uint8Array | null> {
  const signature = `${file}${SIGNATURE_SUFFIX}`;
  return (await isThere(signature)) ? readWhole(await seeFile(signature, signature), MINISIGN_LIMIT) : null;
}

async function verifyOne(file: string, keys: readonly TrustedKey[]): Promise<Verified> {
  try {
    const beside = await besideOf(file);
    const hash = createHash('blake2b512');
    const chunks = readChunks(await seeFile(file, file));
    const { diagnostics, ...bundle } = await verifyBundle(
      beside === null || keys.length === 0 ? chunks : hashing(chunks, hash),
    );
    const judgements = [];
    const { sums, signature } = bundle;
    if (signature !== null) {
      const content = sums ?? new Uint8Array(0);
      judgements.push(judge(SIGNATURE_NAME, signature, { content }, SUMS_NAME, keys));
    } else if (keys.length > 0 && bundle.name !== null && bundle.complete) {
      diagnostics.push(unsigned(SIGNATURE_NAME));
    }
    if (beside !== null) {
      const digest = keys.length === 0 ? new Uint8Array(0) : hash.digest();
      judgements.push(judge(`${file}${SIGNATURE_SUFFIX}`, beside, { digest }, 'bundle', keys));
    }
    return {
      file,
      bundle,
      signatures: judgements.map(({ judged }) => judged),
      diagnostics: [...diagnostics, ...judgements.flatMap((judgement) => judgement.diagnostics)],
    };
  } catch (error) {
    return { file, bundle: UNREAD, signatures: [], diagnostics: [diagnosticOf(error)] };
  }
}

/** What is said of the signature in the bundle. */
function signatureText(signatures: readonly JudgedSignature[]): string {
  const inside = signatures.find(({ file }) => file === SIGNATURE_NAME);
  if (!inside) return '';
  const { keyId, key } = inside;
  return key === null
    ? `; signed with the key ${keyId}, which was not checked: give --public-key`
    : `, signed with the key ${keyId} (${printable(key)})`;
}

async function report({ file, bundle, signatures, diagnostics }: Verified, colors: Look): Promise<void> {
  for (const diagnostic of diagnostics) {
    await printLine(`${renderDiagnostic(file, diagnostic, colors, null)}\n`);
  }
  const says = hasErrors(diagnostics)
    ? `${colors.red('not intact')}: ${tally(diagnostics)}`
    : `${colors.green('intact')}, ${plural(bundle.files.size, 'file')}${signatureText(signatures)}`;
  await printLine(`${colors.bold(printable(file))} is ${says}`);
  for (const path of bundle.onTarget.keys())
    await printLine(`  ${printable(path)} stays on the target: launch.sh compares it there`);
}

const subjectOf = ({ file, bundle, signatures, diagnostics }: Verified) => ({
  file,
  ok: !hasErrors(diagnostics),
  name: bundle.name,
  files: bundle.name === null ? null : Object.fromEntries(bundle.files),
  onTarget: bundle.name === null ? null : Object.fromEntries(bundle.onTarget),
  signatures,
});

/** `verify`: every byte of bundles against their digests, form and signatures; the report goes to standard output. */
export async function verify(
  files: readonly string[],
  publicKeys: readonly string[],
  format: Format,
): Promise<ExitCode> {
  let keys: TrustedKey[];
  try {
    keys = await Promise.all(publicKeys.map(readTrustedKey));
  } catch (error) {
    if (format === 'text') throw error;
    const findings = [findingFacts(diagnosticOf(error), null)];
    await printReport('verify', { ok: false, findings, subjects: [] });
    return EXIT.findings;
  }
  const verified: Verified[] = [];
  for (const file of files) {
    const each = await verifyOne(file, keys);
    verified.push(each);
    if (format === 'text') await report(each, lookFor(process.stdout));
  }
  const ok = !verified.some(({ diagnostics }) => hasErrors(diagnostics));
  if (format === 'json') {
    const findings = verified.flatMap(({ file, diagnostics }) =>
      diagnostics.map((diagnostic) => findingFacts(diagnostic, file)),
    );
    await printReport('verify', { ok, findings, subjects: verified.map(subjectOf) });
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Compares every byte of bundles with their digests and their form, and names the files that differ. With public ' +
        'keys, a bundle must be signed with one of them; so must <bundle>.minisig, if it is there.',
    )
    .argument('<bundle...>', '<name>.tar or <name>.tar.gz; a folder or a quoted pattern names those in it')
    .option('--public-key <file>', 'a key that is trusted: of minisign, or PEM; may be repeated', collect)
    .action(async (bundles: string[], { publicKey = [], ...options }) => {
      const format = formatOf(options);
      finish(
        await orReport('verify', format === 'json', async () =>
          verify(await namedBundles(bundles), publicKey, format),
        ),
      );
    });
}
