import { defineRequestJob } from '../../slack/request-job';
import { findVisible } from '../../slack/match-visible';
import { renderDoctor } from './doctor.message';
import { DoctorRequest, type DoctorServices } from './doctor-request';
import { linesOf } from './finding';

/** Examines the installation and answers in private. Shows only clusters that the requester may see. */
export const runDoctor = defineRequestJob<DoctorRequest, DoctorServices>({
  name: 'doctor',
  queue: 'checks',
  payload: DoctorRequest,
  options: { attempts: 3, backoffMs: 2000 },
  describe: () => 'examination of the installation',

  handle: async (context) => {
    const { payload, reply, config, examine, signal } = context;
    const visible = await findVisible('doctor', { ...context, payload: { ...payload, words: [] } });
    if (!visible.ok) return visible.error;
    const lines = await examine(visible.value, signal);
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    // Problems of the configuration name clusters.
    const seesAll = visible.value.length === config.clusters.size;
    const shown = seesAll
      ? lines
      : [
          linesOf('configuration').unknown('shown to people who may examine every cluster'),
          ...lines.filter(({ area }) => area !== 'configuration'),
        ];
    return reply.privately(renderDoctor(shown, visible.value), 'answered');
  },
});
