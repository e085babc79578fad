import { runChecks } from '../../src/checks/runner';
import { createConsulClient } from '../../src/consul/client';
import type { Report } from '../../src/report/report';
import { gatherWithOtherSides } from '../../src/snapshot/gather-with-other-sides';

export interface Bench {
  /** One whole check of the cluster, from the first request to the report. */
  readonly check: () => Promise<Report>;
  readonly close: () => void;
}

/** A cluster as a worker has it: one client for all checks, whose connections outlive each of them. */
export const openCluster = (address: string, token: string): Bench => {
  const client = createConsulClient({ cluster: 'bench', address, token, tls: {}, allowPlainHttp: false });
  return {
    check: async () => runChecks(await gatherWithOtherSides({ cluster: { name: 'bench' }, client })),
    close: () => client.close(),
  };
};

/** One check with connections of its own. */
export const checkOnce = async (address: string, token: string): Promise<Report> => {
  const cluster = openCluster(address, token);
  try {
    return await cluster.check();
  } finally {
    cluster.close();
  }
};

/** Parts of two reports that must be equal. */
export const essence = (report: Report): string =>
  JSON.stringify(
    report.results.map(({ id, status, findings }) => [
      id,
      status,
      findings.map(({ subject, severity }) => [subject, severity]),
    ]),
  );
