/** Signs bytes with Ed25519 (RFC 8032, not prehashed); `keyId` is shown to those who choose a key by it. */
export interface Signer {
  keyId: string;
  sign(bytes: Uint8Array): Uint8Array;
}

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

/** A payload and its signature, in one JSON object. */
export const dsseEnvelope = (payloadType: string, payload: Uint8Array, { keyId, sign }: Signer): object => ({
  payloadType,
  payload: Buffer.from(payload).toString('base64'),
  signatures: [
    { keyid: keyId, sig: Buffer.from(sign(preAuthEncoding(payloadType, payload))).toString('base64') },
  ],
});
