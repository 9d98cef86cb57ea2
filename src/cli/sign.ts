import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { withSignature } from '../bundle/add-signature.ts';
import { gzipMembers } from '../bundle/gzip.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { tarOf } from '../bundle/scan.ts';
import { verifyBundle } from '../bundle/verify.ts';
import { hasErrors } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { readChunks, seeFile } from '../inputs/files.ts';
import { tally } from '../reports/verdict.ts';
import { signSums } from '../release/sign-bundle.ts';
import { once, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { lookFor, printLine, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderDiagnostic } from './report.ts';
import { openKey, SECRET_KEY_OPTION, PASSWORD_OPTION } from './secret-key.ts';
import { signedNote, writeSigned } from './write-signed.ts';

interface SignOptions {
  secretKey: string;
  passwordFile?: string;
  out?: string;
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

/** `sign`: a bundle that is intact, with its signature in it and beside it. */
export async function sign(bundle: string, options: SignOptions): Promise<ExitCode> {
  const out = options.out ?? bundle;
  if (out === '') throw new UsageError("-o needs a file, not ''", 'write -o FILE, or leave it out');
  await checkOutputs(bundle, out, options);
  const seen = await seeFile(bundle, bundle);
  const { name, mtime, files, sums, compress, diagnostics } = await verifyBundle(readChunks(seen));
  if (name === null || mtime === null || sums === null || hasErrors(diagnostics)) {
    const colors = lookFor(process.stderr);
    for (const diagnostic of diagnostics) await printNote(renderDiagnostic(bundle, diagnostic, colors, null));
    await printNote(`\n${printable(bundle)} is not intact (${tally(diagnostics)}), and is not signed`);
    return EXIT.findings;
  }
  const key = await openKey(options.secretKey, options.passwordFile);
  const signature = signSums(key, sums, name);
  const tar = withSignature(tarOf(readChunks(seen), { compress }), { name, mtime, files }, signature);
  const chunks = compress === 'gzip' ? gzipMembers(tar) : tar;
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const written = await writeSigned(out, hashed(), { name, compress }, key);
  await printLine(`${hash.digest('hex')}  ${printable(out)}`);
  await printNote(signedNote(written!));
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Verifies a bundle, and signs it: SHA256SUMS.minisig in it, and <bundle>.minisig next to it. A signature that it ' +
        'has is replaced. Prints the digest and the path of the bundle, as sha256sum does.',
    )
    .argument('<bundle>', '<name>.tar or <name>.tar.gz')
    .requiredOption(SECRET_KEY_OPTION, 'a key of minisign, or PKCS#8 PEM with an Ed25519 key', once)
    .option(...PASSWORD_OPTION, once)
    .option('-o, --out <file>', 'the signed bundle; without it, the bundle itself is replaced', once)
    .action(async (bundle: string, options) => {
      finish(await sign(bundle, options));
    });
}
