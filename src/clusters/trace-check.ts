import type { Tracing } from '../tracing/tracing';
import type { RunCheck } from './run-check';

/** Makes each check of a cluster a span that has its verdict, as people see it. */
export const traceCheck =
  (check: RunCheck, tracing: Tracing): RunCheck =>
  (cluster, options) =>
    tracing.inSpan(
      { name: 'check cluster', attributes: { 'peering_bot.cluster': cluster.name } },
      async () => {
        const checked = await check(cluster, options);
        tracing.annotate(
          checked.ok
            ? {
                attributes: {
                  'peering_bot.verdict': checked.value.verdict,
                  'peering_bot.checks': checked.value.results.length,
                },
              }
            : { attributes: { 'peering_bot.outcome': checked.error.cause }, failed: true },
        );
        return checked;
      },
    );
