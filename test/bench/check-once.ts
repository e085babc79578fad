import { runChecks } from '../../src/checks/runner';
import { createConsulClient } from '../../src/consul/client';
import type { Report } from '../../src/report/report';
import { observe } from '../../src/snapshot/observe';

/** One whole check of a cluster, from the first request to the report, with connections of its own. */
export const checkOnce = async (address: string, token: string): Promise<Report> => {
  const client = createConsulClient({ cluster: 'bench', address, token, tls: {}, allowPlainHttp: false });
  try {
    return runChecks(await observe({ cluster: { name: 'bench' }, client }));
  } finally {
    client.close();
  }
};

/** What two reports must agree on to be called equal. */
export const essence = (report: Report): string =>
  JSON.stringify(
    report.results.map(({ id, status, findings }) => [
      id,
      status,
      findings.map(({ subject, severity }) => [subject, severity]),
    ]),
  );
