import type { BzImage } from '../formats/kernel/bzimage.ts';
import type { PlanRequest } from '../plan/request.ts';

export type X86Request = PlanRequest<BzImage>;
