import { diagnosticOf, failure, inputErrorOf, type Diagnostic } from '../base/diagnostic.ts';
import { hasBytes, keyIdText, type PublicKey } from './minisign/public-key.ts';
import { judgeSignature, parseSignature, type Signature, type Signed } from './minisign/signature.ts';

/** A public key that somebody trusts, and the name of its file. */
export interface TrustedKey extends PublicKey {
  file: string;
}

/** What is known of a signature. */
export interface JudgedSignature {
  /** The name of the signature's file. */
  file: string;
  /** Of the key that it says it was made with; `null`: it cannot be read. */
  keyId: string | null;
  /** The file of the public key that it is good for; `null`: none, or it was not checked. */
  key: string | null;
  /** The trusted comment; `null` where the signature is not known to be good. */
  comment: string | null;
}

/** The ID of the key that a signature says it was made with; `null`: it is not a signature. */
export function signerOf(signature: Uint8Array): string | null {
  try {
    return keyIdText(parseSignature(signature).id);
  } catch (error) {
    inputErrorOf(error);
    return null;
  }
}

/**
 * Looks whether one of the keys made a signature.
 *
 * @param keys without any, it is only read
 * @param what is signed, for messages
 */
export function judge(
  file: string,
  bytes: Uint8Array,
  signed: Signed,
  what: string,
  keys: readonly TrustedKey[],
): { judged: JudgedSignature; diagnostics: Diagnostic[] } {
  const unknown: JudgedSignature = { file, keyId: null, key: null, comment: null };
  try {
    const signature = parseSignature(bytes);
    const judged = { ...unknown, keyId: keyIdText(signature.id) };
    if (keys.length === 0) return { judged, diagnostics: [] };
    const verdicts = keys.map((key) => ({ key, verdict: judgeSignature(signature, key, signed) }));
    const good = verdicts.find(({ verdict }) => verdict === 'good');
    if (good) {
      return { judged: { ...judged, key: good.key.file, comment: signature.comment }, diagnostics: [] };
    }
    const isOnComment = verdicts.some(({ verdict }) => verdict === 'comment');
    return { judged, diagnostics: [refusal(file, signature, what, keys, isOnComment)] };
  } catch (error) {
    const { code, message, ...more } = diagnosticOf(error);
    return { judged: unknown, diagnostics: [failure(code, `${file}: ${message}`, more)] };
  }
}

function refusal(
  file: string,
  { id }: Signature,
  what: string,
  keys: readonly TrustedKey[],
  isOnComment: boolean,
): Diagnostic {
  const requested = keys.map((key) => `${keyIdText(key.id)} (${key.file})`).join(', ');
  const signer = keyIdText(id);
  if (isOnComment) {
    return failure('signature/comment', `the trusted comment of ${file} is not the one that was signed`, {
      fix: 'get the signature again from where the bundle was built',
    });
  }
  if (!keys.some((key) => hasBytes(key.id, id))) {
    return failure('signature/other-key', `${file} is by the key ${signer}, and not by one of those given`, {
      requested,
      actual: signer,
      fix: 'if you trust that key, give its public key too; else do not use this bundle',
    });
  }
  return failure('signature/content', `${file} is not a signature of this ${what} by the key ${signer}`, {
    fix: 'do not use this bundle: it, or its signature, was changed after it was signed; if it is your own build, sign it again',
  });
}

/** What is wrong with a bundle that should be signed. */
export const unsigned = (name: string): Diagnostic =>
  failure('signature/missing', `the bundle is not signed: there is no ${name} in it`, {
    fix: 'sign it (jailhouse-bundle sign BUNDLE --secret-key KEY), or verify it without --public-key',
  });
