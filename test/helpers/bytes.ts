import { createHash } from 'node:crypto';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
