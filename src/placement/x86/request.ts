import type { BzImage } from '../../formats/kernel/bzimage.ts';
import type { PlanRequest } from '../request.ts';

export type X86Request = PlanRequest<BzImage>;
