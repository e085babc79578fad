import { addPolicyCommand, replacePoliciesCommand } from '../../../src/checks/remediation/token-update';

const bare = { AccessorID: 'a1', ServiceIdentities: [], NodeIdentities: [] };
const linked = {
  ...bare,
  ServiceIdentities: [
    { ServiceName: 'web', Datacenters: [] },
    { ServiceName: 'api', Datacenters: ['dc1', 'dc2'] },
  ],
  NodeIdentities: [{ NodeName: 'node-1', Datacenter: 'dc1' }],
};

const merging = '-merge-roles -merge-service-identities -merge-node-identities';
const appending =
  '-append-service-identity web -append-service-identity api:dc1,dc2 -append-node-identity node-1:dc1';

describe('consul acl token update', () => {
  it.each([
    ['1.14.0', linked, `-id a1 -merge-policies -policy-name p ${merging}`],
    ['1.14.11', bare, `-id a1 -merge-policies -policy-name p ${merging}`],
    ['v1.15.0+ent', bare, `-id a1 -merge-policies -policy-name p ${merging}`],
    ['1.15.1', bare, '-accessor-id a1 -append-policy-name p'],
    ['1.20.1+ent', linked, `-accessor-id a1 -append-policy-name p ${appending}`],
    ['', bare, `-id a1 -merge-policies -policy-name p ${merging}`],
    ['unknown', bare, `-id a1 -merge-policies -policy-name p ${merging}`],
  ])('of Consul %j adds a policy', (version, token, flags) => {
    expect(addPolicyCommand(version, token, 'p').join(' ')).toBe(`consul acl token update ${flags}`);
  });

  it.each([
    ['1.14.11', linked, `-id a1 -policy-name p ${merging}`],
    ['1.15.0', bare, `-id a1 -policy-name p ${merging}`],
    ['1.15.1', bare, '-accessor-id a1 -policy-name p'],
    ['1.20.1', linked, `-accessor-id a1 -policy-name p ${appending}`],
    ['', bare, `-id a1 -policy-name p ${merging}`],
  ])('of Consul %j replaces the policies', (version, token, flags) => {
    const command = replacePoliciesCommand(version, token, ['-policy-name', 'p']);
    expect(command.join(' ')).toBe(`consul acl token update ${flags}`);
  });
});
