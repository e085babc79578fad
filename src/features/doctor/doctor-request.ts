import { z } from 'zod';
import type { Config } from '../../config/config';
import { Requester } from '../../slack/requester';
import type { DoctorLine } from './finding';

/** A request to examine the installation. */
export const DoctorRequest = z.object({ ...Requester.shape });
export type DoctorRequest = z.infer<typeof DoctorRequest>;

export interface DoctorServices {
  readonly config: Config;
  /** Examines the installation, and of the clusters these alone. */
  readonly examine: (clusters: readonly string[], signal: AbortSignal) => Promise<readonly DoctorLine[]>;
}
