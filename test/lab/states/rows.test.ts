import { customEnvoyRows } from './custom-envoy';
import { exportRows, wildcardLinkRows } from './exports';
import { gatewayRows } from './gateways';
import { hostRows } from './hosts';
import { importRows } from './imports';
import { intentionRows } from './intentions';
import { peeringRows, twicePeeredRows } from './peerings';
import { routeRows } from './routes';

const rows = [
  ...exportRows,
  ...intentionRows,
  ...wildcardLinkRows,
  ...gatewayRows,
  ...routeRows,
  ...hostRows,
  ...importRows,
  ...customEnvoyRows,
  ...peeringRows,
  ...twicePeeredRows,
];

describe('the states of two peered clusters', () => {
  it('are many of each kind, and each once', () => {
    expect(rows.filter(({ truth }) => truth === 'blocked').length).toBeGreaterThanOrEqual(60);
    expect(rows.filter(({ truth }) => truth === 'flows').length).toBeGreaterThanOrEqual(25);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });

  it('have a finding where they are blocked, and have fixes for those alone that need one', () => {
    const silent = rows.filter(
      ({ truth, expected, unseen }) => truth === 'blocked' && expected.length === 0 && unseen === undefined,
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
    const needless = rows.filter(
      ({ truth, expected, fix }) => fix && truth === 'flows' && expected.length === 0,
    );
    expect(needless.map(({ name }) => name)).toEqual([]);
  });
});
