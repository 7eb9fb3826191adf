import type { Role } from '@/lib/policy/roles';

/** Who looks at the members: what may be done to one depends on it. */
export type Viewer = { userId: string; role: Role };
