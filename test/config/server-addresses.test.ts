import { isServerAddress, splitAddresses } from '../../src/config/server-addresses';

it.each([
  'consul.example:8503',
  'localhost:8503',
  '192.0.2.1:443',
  '[2001:db8::1]:8503',
  '[::1]:1',
  'a-1.b:65535',
  'xn--bcher-kva.example:8503',
])('takes %s', (address) => {
  expect(isServerAddress(address)).toBe(true);
});

it.each([
  '',
  'consul.example',
  'consul.example:',
  'consul.example:0',
  'consul.example:65536',
  'consul.example:8503/path',
  'https://consul.example:8503',
  'user@consul.example:8503',
  'consul example:8503',
  '.example:8503',
  '-a.example:8503',
  `${'a'.repeat(64)}.example:8503`,
  `${'a.'.repeat(130)}a:8503`,
  '10.0.0:8503',
  '10.0.0.256:8503',
  '0.0.0.0:8503',
  '[::]:8503',
  '2001:db8::1:8503',
  '[fe80::1%eth0]:8503',
  '[consul]:8503',
  'consul.example:8503\n',
  '<!channel>:8503',
])('refuses %j', (address) => {
  expect(isServerAddress(address)).toBe(false);
});

it('splits what people type at commas, semicolons and spaces', () => {
  expect(splitAddresses(' a:1,b:2\n c:3;;d:4 ')).toEqual(['a:1', 'b:2', 'c:3', 'd:4']);
  expect(splitAddresses(' ,\n')).toEqual([]);
});
