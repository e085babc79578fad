import { mayConnect } from '../../src/probe/address-rules';

it.each([
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::a9fe:a9fe',
  '64:ff9b:1:1::a9fe:a9fe',
  '64:ff9b:1:a9fe:a9:fe00::',
  '2002:a9fe:a9fe::1',
  '::ffff:0:a9fe:a9fe',
  'fe80::1',
  'febf::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'fd00:0ec2:0:0:0:0:0:0254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:a9fe:a9fe::1',
  'fd00:42::42',
  'fd00:100::100:200',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  'ff02::1',
  // No IP addresses in the usual spelling.
  '2852039166',
  '0xa9fea9fe',
  '169.254.43518',
  '0251.0376.0251.0376',
  '',
  'metadata.google.internal',
])('%s is never connected to', (address) => {
  expect(mayConnect(address, true)).toBe(false);
});

it.each([
  '192.0.2.1',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '64:ff9b::c000:201',
  '64:ff9b:2::1',
  '169.253.0.1',
  '2001:db8::1',
  'fd00:ec1::254',
  'fd00:ec3::254',
  'fd20:ce::253',
  'fd00:c1::a9fe:a9fd',
  'fc00::1',
])('%s may be connected to', (address) => {
  expect(mayConnect(address, false)).toBe(true);
});

it.each(['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1', '64:ff9b::7f00:1'])(
  '%s is loopback, which takes permission',
  (address) => {
    expect([mayConnect(address, false), mayConnect(address, true)]).toEqual([false, true]);
  },
);
