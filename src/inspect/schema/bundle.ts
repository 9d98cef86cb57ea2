import { z } from 'zod';
import { digests, text } from './values.ts';

export const bundle = z
  .strictObject({
    kind: z.literal('bundle'),
    name: text,
    /** bundle.json as it is; `null`: there is none, or it is not a JSON object. */
    metadata: z.record(z.string(), z.unknown()).nullable(),
    files: digests,
    /** Files that the bundle only names, which were not looked at. */
    onTarget: digests,
    /** That of SHA256SUMS in the bundle, which was not checked. `keyId`: of the key that it says it was made with. */
    signature: z.strictObject({ keyId: text }).nullable(),
  })
  .meta({ id: 'bundle' });
export type DescribedBundle = z.infer<typeof bundle>;
