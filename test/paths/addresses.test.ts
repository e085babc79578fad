import { type AddressKind, addressKind, hostOf } from '../../src/paths/addresses';

const kinds: readonly (readonly [string, AddressKind])[] = [
  ['', 'unspecified'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['0:0:0:0:0:0:0:0', 'unspecified'],
  ['[::]', 'unspecified'],
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['localhost', 'loopback'],
  ['Server.LocalHost.', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['::ffff:169.254.1.1', 'link-local'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.4.4', 'private'],
  ['100.64.0.1', 'private'],
  ['100.128.0.1', 'public'],
  ['fd00::1', 'private'],
  ['fcff::1', 'private'],
  ['fec0::1', 'public'],
  ['2001:db8::1', 'public'],
  ['::2', 'public'],
  ['203.0.113.7', 'public'],
  ['169.1.1.1', 'public'],
  ['1.254.1.1', 'public'],
  ['1.1.255.254', 'public'],
  ['1.16.0.1', 'public'],
  ['192.1.1.1', 'public'],
  ['1.168.1.1', 'public'],
  ['100.1.1.1', 'public'],
  ['1.64.0.1', 'public'],
  ['0:0:0:1::1', 'public'],
  ['::1:1', 'public'],
  ['::1:0:1', 'public'],
  ['::ffff:1.2.3.4', 'public'],
  ['1:2:3:4:5:6::8', 'public'],
  ['1.2.3.256', 'hostname'],
  ['gateway.east.example', 'hostname'],
  ['notlocalhost', 'hostname'],
  ['a:b:c', 'hostname'],
];

it.each(kinds)('takes %j for %s', (host, kind) => {
  expect(addressKind(host)).toBe(kind);
});

it.each([
  ['127.0.0.1:8503', '127.0.0.1'],
  ['[2001:db8::1]:8503', '2001:db8::1'],
  ['server.example:8503', 'server.example'],
  [':8503', ''],
  ['server.example', 'server.example'],
])('finds the host of %s', (address, host) => {
  expect(hostOf(address)).toBe(host);
});
