import { signBytes } from './minisign/ed25519.ts';
import { keyIdText } from './minisign/public-key.ts';
import type { SecretKey } from './minisign/secret-key.ts';

/** The media type of an envelope. */
export const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';

/** What is signed (DSSE 1.0.0, protocol.md): the type and the payload, each after its length. */
function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A payload and its signature (Ed25519, not prehashed), in one JSON object; the key is named as minisign names it. */
export const dsseEnvelope = (payloadType: string, payload: Uint8Array, { id, seed }: SecretKey): object => ({
  payloadType,
  payload: base64(payload),
  signatures: [{ keyid: keyIdText(id), sig: base64(signBytes(seed, preAuthEncoding(payloadType, payload))) }],
});
