import { exampleRoots } from '../../../src/checks/examples/parts';
import { checkTable } from '../check-table';
import { hidden } from '../world';

const { roots } = exampleRoots();
const [active] = roots.Roots;
if (!active) throw new Error('no root');
const old = { ...active, ID: 'old', Active: false, NotAfter: '2020-01-01T00:00:00Z' };
const failed = ['error', 'cluster prod-east'] as const;

// The snapshot was taken at 14:03:22.
checkTable(
  'mesh-enabled',
  [
    ['the active root is valid', {}, 'pass'],
    ['the mesh is disabled', { caRoots: { ...exampleRoots(), enabled: false } }, 'fail', failed],
    [
      'there is no root',
      { caRoots: { enabled: true, roots: { ...roots, ActiveRootID: '', Roots: [] } } },
      'fail',
      failed,
    ],
    [
      'no root is active',
      { caRoots: { enabled: true, roots: { ...roots, ActiveRootID: 'x', Roots: [old] } } },
      'fail',
      failed,
    ],
    [
      'the active root expired just now',
      { caRoots: exampleRoots({ NotAfter: '2026-11-23T14:03:22Z' }) },
      'fail',
      failed,
    ],
    [
      'the active root expires in a second',
      { caRoots: exampleRoots({ NotAfter: '2026-11-23T14:03:23Z' }) },
      'pass',
    ],
    [
      'an old root has expired',
      { caRoots: { enabled: true, roots: { ...roots, Roots: [old, active] } } },
      'pass',
    ],
    [
      'the root that is marked active has expired, and no id names it',
      {
        caRoots: {
          enabled: true,
          roots: {
            ...roots,
            ActiveRootID: '',
            Roots: [
              { ...active, Active: false },
              { ...old, Active: true },
            ],
          },
        },
      },
      'fail',
      failed,
    ],
    [
      'the root that is marked active is the second, and no id names it',
      { caRoots: { enabled: true, roots: { ...roots, ActiveRootID: '', Roots: [old, active] } } },
      'pass',
    ],
    [
      'the root with the active id is valid, and an expired one is marked active',
      { caRoots: { enabled: true, roots: { ...roots, Roots: [{ ...old, Active: true }, active] } } },
      'pass',
    ],
    ['the expiry is not a date', { caRoots: exampleRoots({ NotAfter: 'soon' }) }, 'unknown'],
    ['roots are not visible', { caRoots: hidden() }, 'unknown'],
  ],
  {
    skip: 'peering needs the mesh in every cluster',
    several: 'a cluster has one mesh with one active root',
    partial: 'no token sees a part of the roots',
  },
);
